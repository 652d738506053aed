// What every SessionStore must do, as one suite. An engine runs it by naming itself:
//
//   INSTANTIATE_TEST_SUITE_P(MyEngine, SessionStoreConformance, ::testing::Values([] { return MakeMyEngine(); }));
//
// also SessionStoreRaces, SessionStoreIssues and KeyStoreConformance, and by compiling session_store_conformance.cc,
// session_store_races.cc, session_store_issues.cc and key_store_conformance.cc into its test.
#ifndef GRPC_PASETO_TESTS_SERVICE_STORE_SESSION_STORE_CONFORMANCE_H_
#define GRPC_PASETO_TESTS_SERVICE_STORE_SESSION_STORE_CONFORMANCE_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "grpc_paseto/service/store/session_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"

namespace paseto::service {

// One storage of an engine: empty when made, gone when destroyed.
class StoreEngine {
 public:
  virtual ~StoreEngine() = default;
  // Opens the storage, with what earlier stores left there.
  virtual absl::StatusOr<std::unique_ptr<SessionStore>> Open() = 0;
};

using StoreEngineFactory = std::function<std::unique_ptr<StoreEngine>()>;

class StoreTest : public ::testing::TestWithParam<StoreEngineFactory> {
 protected:
  // Begins with an empty storage.
  void SetUp() override;
  // Closes the store and opens its storage again.
  void Reopen();
  SessionStore& store() { return *store_; }
  BlockingStore& blocking() { return *blocking_; }
  void Close();

  // Calls that have to succeed.
  Session Create(const Session& session);
  RotationOutcome Rotate(const RotationAttempt& attempt, absl::Time now);
  Session Find(const SessionId& id);
  FeedPosition Revoke(RevocationKind kind, const std::string& id);
  FeedPosition Head();

 private:
  std::unique_ptr<StoreEngine> engine_;
  std::unique_ptr<SessionStore> store_;
  std::unique_ptr<BlockingStore> blocking_;
};

class SessionStoreConformance : public StoreTest {};
class SessionStoreRaces : public StoreTest {};
class KeyStoreConformance : public StoreTest {
 protected:
  // Of the table after its first change.
  int64_t FirstVersion() { return Head().epoch; }
};
class SessionStoreIssues : public StoreTest {
 protected:
  IssueResult Issue(const IssueAttempt& attempt, absl::Time now);
  bool Has(const SessionId& id) { return blocking().Find(id).value().has_value(); }
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SERVICE_STORE_SESSION_STORE_CONFORMANCE_H_
