// BlockingStore: a SessionStore whose calls wait for their results, for tests that read from top to bottom.
#ifndef GRPC_PASETO_TESTS_SERVICE_STORE_BLOCKING_STORE_H_
#define GRPC_PASETO_TESTS_SERVICE_STORE_BLOCKING_STORE_H_

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

// Calls `start` with a completion and gives what that receives.
template <typename T, typename Start>
absl::StatusOr<T> Await(Start start) {
  std::promise<absl::StatusOr<T>> promise;
  start(Done<T>([&promise](absl::StatusOr<T> result) { promise.set_value(std::move(result)); }));
  return promise.get_future().get();
}

class BlockingStore {
 public:
  explicit BlockingStore(SessionStore& store) : store_(store) {}

  absl::StatusOr<Session> Create(const Session& session) {
    return Await<Session>([&](auto done) { store_.Create(session, std::move(done)); });
  }
  absl::StatusOr<IssueResult> Issue(const IssueAttempt& attempt, absl::Time now) {
    return Await<IssueResult>([&](auto done) { store_.Issue(attempt, now, std::move(done)); });
  }
  absl::StatusOr<FeedPosition> DisableSubject(const DisableOrder& order, absl::Time now) {
    return Await<FeedPosition>([&](auto done) { store_.DisableSubject(order, now, std::move(done)); });
  }
  absl::StatusOr<bool> EnableSubject(const EnableOrder& order, absl::Time now) {
    return Await<bool>([&](auto done) { store_.EnableSubject(order, now, std::move(done)); });
  }
  absl::StatusOr<StepUpResult> StepUp(const StepUpAttempt& attempt, absl::Time now) {
    return Await<StepUpResult>([&](auto done) { store_.StepUp(attempt, now, std::move(done)); });
  }
  absl::StatusOr<SpendOutcome> Spend(const SpendOrder& order) {
    return Await<SpendOutcome>([&](auto done) { store_.Spend(order, std::move(done)); });
  }
  absl::StatusOr<SessionPage> List(const SessionQuery& query, absl::Time now) {
    return Await<SessionPage>([&](auto done) { store_.List(query, now, std::move(done)); });
  }
  absl::StatusOr<bool> Note(const AuditEvent& event) {
    return Await<bool>([&](auto done) { store_.Note(event, std::move(done)); });
  }
  absl::StatusOr<LifetimeMarks> RaiseLifetimes(LifetimeMarks marks) {
    return Await<LifetimeMarks>([&](auto done) { store_.RaiseLifetimes(marks, std::move(done)); });
  }
  absl::StatusOr<KeyTable> ReadKeys() {
    return Await<KeyTable>([&](auto done) { store_.keys().ReadKeys(std::move(done)); });
  }
  absl::StatusOr<KeyTable> ChangeKeys(const KeyChange& change, absl::Time now) {
    return Await<KeyTable>([&](auto done) { store_.keys().ChangeKeys(change, now, std::move(done)); });
  }
  absl::StatusOr<int> SaveAcks(const std::vector<VerifierAck>& acks, absl::Time now, absl::Time forget_before) {
    return Await<int>([&](auto done) { store_.keys().SaveAcks(acks, now, forget_before, std::move(done)); });
  }
  absl::StatusOr<std::vector<VerifierAck>> ReadAcks(absl::Time since) {
    return Await<std::vector<VerifierAck>>([&](auto done) { store_.keys().ReadAcks(since, std::move(done)); });
  }
  absl::StatusOr<SubjectStanding> ReadSubject(const std::string& subject) {
    return Await<SubjectStanding>([&](auto done) { store_.ReadSubject(subject, std::move(done)); });
  }
  absl::StatusOr<RotationResult> Rotate(const RotationAttempt& attempt, absl::Time now) {
    return Await<RotationResult>([&](auto done) { store_.Rotate(attempt, now, std::move(done)); });
  }
  absl::StatusOr<absl::optional<Session>> Find(const SessionId& id) {
    return Await<absl::optional<Session>>([&](auto done) { store_.Find(id, std::move(done)); });
  }
  absl::StatusOr<FeedPosition> Revoke(const RevocationOrder& order, absl::Time now) {
    return Await<FeedPosition>([&](auto done) { store_.Revoke(order, now, std::move(done)); });
  }
  absl::StatusOr<bool> IsRevoked(const TokenStanding& token) {
    return Await<bool>([&](auto done) { store_.IsRevoked(token, std::move(done)); });
  }
  absl::StatusOr<absl::optional<FeedPosition>> StartEpochAbove(FeedPosition seen, absl::Time now) {
    return Await<absl::optional<FeedPosition>>(
        [&](auto done) { store_.StartEpochAbove(seen, ClientId("verifier"), now, std::move(done)); });
  }
  absl::StatusOr<FeedPosition> ReadHead() {
    return Await<FeedPosition>([&](auto done) { store_.ReadHead(std::move(done)); });
  }
  absl::StatusOr<FeedSnapshot> ReadSnapshot(absl::Time now, SnapshotScope scope = SnapshotScope::kAll) {
    return Await<FeedSnapshot>([&](auto done) { store_.ReadSnapshot(scope, now, std::move(done)); });
  }
  absl::StatusOr<FeedChanges> ReadChanges(FeedPosition after, int limit) {
    return Await<FeedChanges>([&](auto done) { store_.ReadChanges(after, limit, std::move(done)); });
  }
  absl::StatusOr<absl::Time> AdvanceForgetting(absl::Time now, absl::Duration elapsed) {
    return Await<absl::Time>([&](auto done) { store_.AdvanceForgetting(now, elapsed, std::move(done)); });
  }
  absl::StatusOr<int> DeleteExpired(absl::Time now, int limit) {
    return Await<int>([&](auto done) { store_.DeleteExpired(now, limit, std::move(done)); });
  }

 private:
  SessionStore& store_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SERVICE_STORE_BLOCKING_STORE_H_
