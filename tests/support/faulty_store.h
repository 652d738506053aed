// FaultyStore: a SessionStore in front of a real one that can be told to fail every operation without doing it.
#ifndef GRPC_PASETO_TESTS_SUPPORT_FAULTY_STORE_H_
#define GRPC_PASETO_TESTS_SUPPORT_FAULTY_STORE_H_

#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

class FaultyStore final : public SessionStore {
 public:
  // `store` outlives this object.
  explicit FaultyStore(SessionStore& store) : store_(store) {}

  // Every operation fails with `fault` from now on; with OK they work again.
  void FailWith(absl::Status fault) {
    absl::MutexLock lock(&mutex_);
    fault_ = std::move(fault);
  }

  // How many operations have failed.
  int failures() const {
    absl::MutexLock lock(&mutex_);
    return failures_;
  }

  void Issue(IssueAttempt attempt, absl::Time now, Done<IssueResult> done) override {
    if (Fails(done)) return;
    store_.Issue(std::move(attempt), now, std::move(done));
  }
  void DisableSubject(DisableOrder order, absl::Time now, Done<FeedPosition> done) override {
    if (Fails(done)) return;
    store_.DisableSubject(std::move(order), now, std::move(done));
  }
  void EnableSubject(EnableOrder order, absl::Time now, Done<bool> done) override {
    if (Fails(done)) return;
    store_.EnableSubject(std::move(order), now, std::move(done));
  }
  void StepUp(StepUpAttempt attempt, absl::Time now, Done<StepUpResult> done) override {
    if (Fails(done)) return;
    store_.StepUp(std::move(attempt), now, std::move(done));
  }
  void Spend(SpendOrder order, Done<SpendOutcome> done) override {
    if (Fails(done)) return;
    store_.Spend(std::move(order), std::move(done));
  }
  void List(SessionQuery query, absl::Time now, Done<SessionPage> done) override {
    if (Fails(done)) return;
    store_.List(std::move(query), now, std::move(done));
  }
  void Note(AuditEvent event, Done<bool> done) override {
    if (Fails(done)) return;
    store_.Note(std::move(event), std::move(done));
  }
  void RaiseLifetimes(LifetimeMarks marks, Done<LifetimeMarks> done) override {
    if (Fails(done)) return;
    store_.RaiseLifetimes(marks, std::move(done));
  }
  KeyStore& keys() override { return store_.keys(); }  // does not fail
  void ReadSubject(std::string subject, Done<SubjectStanding> done) override {
    if (Fails(done)) return;
    store_.ReadSubject(std::move(subject), std::move(done));
  }
  void Rotate(RotationAttempt attempt, absl::Time now, Done<RotationResult> done) override {
    if (Fails(done)) return;
    store_.Rotate(std::move(attempt), now, std::move(done));
  }
  void Find(SessionId id, Done<absl::optional<Session>> done) override {
    if (Fails(done)) return;
    store_.Find(std::move(id), std::move(done));
  }
  void Revoke(RevocationOrder order, absl::Time now, Done<FeedPosition> done) override {
    if (Fails(done)) return;
    store_.Revoke(std::move(order), now, std::move(done));
  }
  void IsRevoked(TokenStanding token, Done<bool> done) override {
    if (Fails(done)) return;
    store_.IsRevoked(std::move(token), std::move(done));
  }
  void StartEpochAbove(FeedPosition seen, ClientId by, absl::Time now,
                       Done<absl::optional<FeedPosition>> done) override {
    if (Fails(done)) return;
    store_.StartEpochAbove(seen, std::move(by), now, std::move(done));
  }
  void ReadHead(Done<FeedPosition> done) override {
    if (Fails(done)) return;
    store_.ReadHead(std::move(done));
  }
  void ReadSnapshot(SnapshotScope scope, absl::Time now, Done<FeedSnapshot> done) override {
    if (Fails(done)) return;
    store_.ReadSnapshot(scope, now, std::move(done));
  }
  void ReadChanges(FeedPosition after, int limit, Done<FeedChanges> done) override {
    if (Fails(done)) return;
    store_.ReadChanges(after, limit, std::move(done));
  }
  void AdvanceForgetting(absl::Time now, absl::Duration elapsed, Done<absl::Time> done) override {
    if (Fails(done)) return;
    store_.AdvanceForgetting(now, elapsed, std::move(done));
  }
  void DeleteExpired(absl::Time now, int limit, Done<int> done) override {
    if (Fails(done)) return;
    store_.DeleteExpired(now, limit, std::move(done));
  }
  void OnHeadMoved(std::function<void()> listener) override { store_.OnHeadMoved(std::move(listener)); }

 private:
  template <typename T>
  bool Fails(Done<T>& done) {
    absl::Status fault;
    {
      absl::MutexLock lock(&mutex_);
      fault = fault_;
      if (!fault.ok()) ++failures_;
    }
    if (fault.ok()) return false;
    std::move(done)(fault);
    return true;
  }

  SessionStore& store_;
  mutable absl::Mutex mutex_;
  absl::Status fault_ ABSL_GUARDED_BY(mutex_);
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SUPPORT_FAULTY_STORE_H_
