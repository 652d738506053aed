// What the tests of service/lifecycle share: the acts on a SQLite store in a folder of their own, with a clock that the
// test moves, real keys, and the clients "web", "shop", "app", "auditor", "admin" and "off".
#ifndef GRPC_PASETO_TESTS_SERVICE_LIFECYCLE_LIFECYCLE_FIXTURE_H_
#define GRPC_PASETO_TESTS_SERVICE_LIFECYCLE_LIFECYCLE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/service/config/fill_defaults.h"
#include "grpc_paseto/service/lifecycle/client_token.h"
#include "grpc_paseto/service/lifecycle/consume.h"
#include "grpc_paseto/service/lifecycle/exchange.h"
#include "grpc_paseto/service/lifecycle/introspect.h"
#include "grpc_paseto/service/lifecycle/issue.h"
#include "grpc_paseto/service/lifecycle/list_sessions.h"
#include "grpc_paseto/service/lifecycle/refresh.h"
#include "grpc_paseto/service/lifecycle/revoke.h"
#include "grpc_paseto/service/lifecycle/subject_access.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/service/store/temp_folder.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/faulty_store.h"
#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/seeded_random.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {

inline constexpr char kTestIssuer[] = "https://id.shop";

inline config::Client PermissiveClient() {
  config::Client client;
  client.add_types("*");
  client.add_audiences("shop");
  client.add_audiences("*");
  client.add_scopes("*");
  client.add_subjects("*");
  client.add_kinds("v4.public");
  client.add_kinds("v4.local");
  return client;
}

inline config::TokendConfig LifecycleConfig() {
  config::TokendConfig config;
  config.set_issuer(kTestIssuer);
  config.mutable_tokens()->set_access_lifetime_jitter_permille(0);
  auto& clients = *config.mutable_clients();
  clients["web"] = PermissiveClient();
  clients["shop"] = PermissiveClient();
  clients["app"] = PermissiveClient();
  clients["app"].set_refresh_by(config::REFRESH_BY_HOLDER);
  clients["auditor"].set_introspect(config::INTROSPECT_ANY);
  clients["auditor"].set_revoke_subjects(true);
  clients["auditor"].set_list_sessions(config::LIST_SESSIONS_ANY);
  clients["shop"].add_exchange_audiences("billing");
  clients["shop"].add_exchange_audiences("mail");
  clients["admin"].set_revoke_all(true);
  clients["off"] = PermissiveClient();
  clients["off"].set_disabled(true);
  FillDefaults(config);
  return config;
}

inline Key TestKey(TokenKind kind, KeyUse use) {
  const KeyAttributes attributes{use, KeyState::kActive, {}};
  return kind == kV4Local ? Key(V4LocalKey::Generate(), attributes) : Key(V4SecretKey::Generate(), attributes);
}

class LifecycleTest : public ::testing::Test {
 protected:
  explicit LifecycleTest(const config::TokendConfig& config = LifecycleConfig()) { Configure(config); }

  // The same store under another configuration, as after a restart.
  void Configure(const config::TokendConfig& config) {
    policies_ = CallerPolicies::Create(config).value();
    dependencies_ = std::make_unique<Dependencies>(
        Dependencies{faulty_, keys_, *policies_, clock_, forget_clock_, random_, LifecycleSettingsFrom(config),
                     [this](FeedPosition position, absl::AnyInvocable<void(absl::Status) &&> done) {
                       in_force_.push_back(position);
                       std::move(done)(applied_);
                     },
                     [this](const std::string& key, const ClientId&, Done<FeedPosition> done) {
                       if (key == "k4.pid.none") return std::move(done)(absl::NotFoundError("no such key"));
                       revoked_keys_.push_back(key);
                       std::move(done)(FeedPosition{.epoch = 1, .revision = 7});
                     }});
  }

  static IssueOrder Order(const std::string& client) {
    IssueOrder order;
    order.client = ClientId(client);
    order.subject = "alice";
    order.type = "access";
    order.grant.add_scopes("read");
    order.grant.add_scopes("write");
    order.grant.set_kind("v4.public");
    return order;
  }
  static IssueOrder PairOrder(const std::string& client) {
    IssueOrder order = Order(client);
    order.with_refresh_token = true;
    return order;
  }

  absl::StatusOr<IssuedTokens> Issue(const IssueOrder& order) {
    const Issuer issuer(*dependencies_);
    return Await<IssuedTokens>([&](auto done) { issuer.Issue(order, std::move(done)); });
  }
  absl::StatusOr<IssuedTokens> Refresh(const RefreshOrder& order) {
    const Refresher refresher(*dependencies_);
    return Await<IssuedTokens>([&](auto done) { refresher.Refresh(order, std::move(done)); });
  }
  absl::StatusOr<IssuedTokens> Refresh(const std::string& caller, const MadeToken& token) {
    RefreshOrder order;
    order.caller = ClientId(caller);
    order.refresh_token = token.text;
    return Refresh(order);
  }
  using Target = RevokeOrder::Target;
  absl::StatusOr<int64_t> Revoke(const RevokeOrder& order) {
    const Revoker revoker(*dependencies_);
    return Await<int64_t>([&](auto done) { revoker.Revoke(order, std::move(done)); });
  }
  // By a mere holder.
  absl::StatusOr<int64_t> RevokeToken(const std::string& text, bool whole_session = false,
                                      const std::string& assertion = "") {
    return Revoke({ClientId(), Target::kToken, text, assertion, whole_session});
  }
  absl::StatusOr<int64_t> RevokeSession(const std::string& caller, const SessionId& id) {
    return Revoke({ClientId(caller), Target::kSession, id.text(), "", false});
  }
  absl::StatusOr<int64_t> RevokeSubject(const std::string& caller, const std::string& subject) {
    return Revoke({ClientId(caller), Target::kSubject, subject, "", false});
  }
  absl::StatusOr<int64_t> RevokeClient(const std::string& caller, const std::string& client) {
    return Revoke({ClientId(caller), Target::kClient, client, "", false});
  }
  absl::StatusOr<int64_t> RevokeEverything(const std::string& caller) {
    return Revoke({ClientId(caller), Target::kEverything, "", "", false});
  }
  absl::StatusOr<int64_t> RevokeKey(const std::string& caller, const std::string& key) {
    return Revoke({ClientId(caller), Target::kKey, key, "", false});
  }
  absl::StatusOr<Claims> Consume(const std::string& caller, const std::string& token, const std::string& type,
                                 const std::string& request_id = "") {
    const Consumer consumer(*dependencies_);
    return Await<Claims>([&](auto done) {
      consumer.Consume({ClientId(caller), token, type, "", request_id}, std::move(done));
    });
  }
  absl::StatusOr<MadeToken> Exchange(const ExchangeOrder& order) {
    const Exchanger exchanger(*dependencies_);
    return Await<MadeToken>([&](auto done) { exchanger.Exchange(order, std::move(done)); });
  }
  absl::StatusOr<ListedSessions> List(const ListOrder& order) {
    const SessionLister lister(*dependencies_);
    return Await<ListedSessions>([&](auto done) { lister.List(order, std::move(done)); });
  }
  absl::StatusOr<int64_t> Disable(const std::string& caller, const std::string& subject) {
    const SubjectAccess access(*dependencies_);
    return Await<int64_t>([&](auto done) { access.Disable(ClientId(caller), subject, std::move(done)); });
  }
  absl::StatusOr<bool> Enable(const std::string& caller, const std::string& subject) {
    const SubjectAccess access(*dependencies_);
    return Await<bool>([&](auto done) { access.Enable(ClientId(caller), subject, std::move(done)); });
  }
  absl::StatusOr<absl::optional<Claims>> Introspect(const std::string& caller, const std::string& token,
                                                    const std::string& assertion = "") {
    const Introspector introspector(*dependencies_);
    return Await<absl::optional<Claims>>([&](auto done) {
      introspector.Introspect({ClientId(caller), token, assertion}, std::move(done));
    });
  }
  bool IsActive(const MadeToken& token) { return Introspect("auditor", token.text).value().has_value(); }

  // The claims of an access or custom token that must be genuine.
  Claims Read(const MadeToken& token, const std::string& assertion = "") {
    return ReadOwnToken(*keys_.Current(), kTestIssuer, token.text, assertion).value().claims();
  }
  Session Stored(const SessionId& id) { return BlockingStore(*store_).Find(id).value().value(); }
  int64_t Head() { return BlockingStore(*store_).ReadHead().value().revision; }

  TempFolder temp_;
  FakeClock clock_;
  FakeClock forget_clock_;
  SeededRandom random_;
  KeyRing keys_{KeySet::Create({TestKey(kV4Public, KeyUse::kAccess), TestKey(kV4Local, KeyUse::kAccess),
                                TestKey(kV4Local, KeyUse::kRefresh), TestKey(kV4Public, KeyUse::kClient)})
                    .value()};
  std::unique_ptr<SessionStore> store_ = OpenSqliteStore({.folder = temp_ / "data"}).value();
  FaultyStore faulty_{*store_};  // what the acts use
  std::shared_ptr<const CallerPolicies> policies_;
  std::vector<FeedPosition> in_force_;  // what was waited for
  absl::Status applied_;                // how that ends
  std::vector<std::string> revoked_keys_;
  std::unique_ptr<Dependencies> dependencies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SERVICE_LIFECYCLE_LIFECYCLE_FIXTURE_H_
