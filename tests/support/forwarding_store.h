// ForwardingStore: a SessionStore that hands everything to another one; what is derived from it changes some of that.
#ifndef GRPC_PASETO_TESTS_SUPPORT_FORWARDING_STORE_H_
#define GRPC_PASETO_TESTS_SUPPORT_FORWARDING_STORE_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

class ForwardingStore : public SessionStore {
 public:
  // `store` outlives this object.
  explicit ForwardingStore(SessionStore& store) : store_(store) {}

  void Issue(IssueAttempt attempt, absl::Time now, Done<IssueResult> done) override {
    store_.Issue(std::move(attempt), now, std::move(done));
  }
  void StepUp(StepUpAttempt attempt, absl::Time now, Done<StepUpResult> done) override {
    store_.StepUp(std::move(attempt), now, std::move(done));
  }
  void Spend(SpendOrder order, Done<SpendOutcome> done) override { store_.Spend(std::move(order), std::move(done)); }
  void List(SessionQuery query, absl::Time now, Done<SessionPage> done) override {
    store_.List(std::move(query), now, std::move(done));
  }
  void Rotate(RotationAttempt attempt, absl::Time now, Done<RotationResult> done) override {
    store_.Rotate(std::move(attempt), now, std::move(done));
  }
  void Find(SessionId id, Done<absl::optional<Session>> done) override { store_.Find(std::move(id), std::move(done)); }
  void Revoke(RevocationOrder order, absl::Time now, Done<FeedPosition> done) override {
    store_.Revoke(std::move(order), now, std::move(done));
  }
  void IsRevoked(TokenStanding token, Done<bool> done) override { store_.IsRevoked(std::move(token), std::move(done)); }
  void DisableSubject(DisableOrder order, absl::Time now, Done<FeedPosition> done) override {
    store_.DisableSubject(std::move(order), now, std::move(done));
  }
  void EnableSubject(EnableOrder order, absl::Time now, Done<bool> done) override {
    store_.EnableSubject(std::move(order), now, std::move(done));
  }
  void ReadSubject(std::string subject, Done<SubjectStanding> done) override {
    store_.ReadSubject(std::move(subject), std::move(done));
  }
  void Note(AuditEvent event, Done<bool> done) override { store_.Note(std::move(event), std::move(done)); }
  void RaiseLifetimes(LifetimeMarks marks, Done<LifetimeMarks> done) override {
    store_.RaiseLifetimes(marks, std::move(done));
  }
  KeyStore& keys() override { return store_.keys(); }
  void StartEpochAbove(FeedPosition seen, ClientId by, absl::Time now,
                       Done<absl::optional<FeedPosition>> done) override {
    store_.StartEpochAbove(seen, std::move(by), now, std::move(done));
  }
  void ReadHead(Done<FeedPosition> done) override { store_.ReadHead(std::move(done)); }
  void ReadSnapshot(SnapshotScope scope, absl::Time now, Done<FeedSnapshot> done) override {
    store_.ReadSnapshot(scope, now, std::move(done));
  }
  void ReadChanges(FeedPosition after, int limit, Done<FeedChanges> done) override {
    store_.ReadChanges(after, limit, std::move(done));
  }
  void AdvanceForgetting(absl::Time now, absl::Duration elapsed, Done<absl::Time> done) override {
    store_.AdvanceForgetting(now, elapsed, std::move(done));
  }
  void DeleteExpired(absl::Time now, int limit, Done<int> done) override {
    store_.DeleteExpired(now, limit, std::move(done));
  }
  void OnHeadMoved(std::function<void()> listener) override { store_.OnHeadMoved(std::move(listener)); }

 protected:
  SessionStore& store_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SUPPORT_FORWARDING_STORE_H_
