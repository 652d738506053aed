#include "grpc_paseto/tests/support/running_tokend.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <utility>
#include <vector>

#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/service/config/fill_defaults.h"
#include "grpc_paseto/service/lifecycle/client_token.h"
#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/service/server/whole_file.h"

namespace paseto::service {
namespace {

config::Client IssuingClient() {
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

Key NewKey(TokenKind kind, KeyUse use) {
  const KeyAttributes attributes{use, KeyState::kActive, {}};
  return kind == kV4Local ? Key(V4LocalKey::Generate(), attributes) : Key(V4SecretKey::Generate(), attributes);
}

}  // namespace

void WriteTestKeys(const std::string& path) {
  const std::vector<Key> keys = {NewKey(kV4Public, KeyUse::kAccess), NewKey(kV4Local, KeyUse::kAccess),
                                 NewKey(kV4Local, KeyUse::kRefresh), NewKey(kV4Public, KeyUse::kClient)};
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const SecretBytes text = EncodeKeyFile(keys, access);
  const std::string content(text.Read(access).begin(), text.Read(access).end());
  if (!WriteWholeFile(path, content).ok()) abort();
}

config::TokendConfig TestConfig(const std::string& folder) {
  config::TokendConfig config;
  config.set_issuer("https://id.shop");
  config.add_listen()->set_address("127.0.0.1:0");
  config.mutable_store()->mutable_sqlite()->set_folder(folder + "/store");
  config.mutable_keys()->set_file(folder + "/keys.json");
  config.mutable_tokens()->set_access_lifetime_jitter_permille(0);
  auto& clients = *config.mutable_clients();
  for (const char* client : {"web", "shop", "app", "off"}) clients[client] = IssuingClient();
  clients["app"].set_refresh_by(config::REFRESH_BY_HOLDER);
  clients["off"].set_disabled(true);
  clients["auditor"].set_introspect(config::INTROSPECT_ANY);
  clients["auditor"].set_revoke_subjects(true);
  clients["auditor"].set_list_sessions(config::LIST_SESSIONS_ANY);
  clients["shop"].add_exchange_audiences("billing");
  clients["admin"].set_revoke_all(true);
  clients["admin"].set_manage_keys(true);
  clients["admin"].set_manage_store(true);
  clients["verifier"].set_watch(true);
  FillDefaults(config);
  return config;
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

RunningTokend::RunningTokend(const std::function<void(config::TokendConfig&)>& change, ReflectionAccess reflection)
    : reflection_(reflection), config_(TestConfig(folder_.path())) {
  WriteTestKeys(config_.keys().file());
  if (change) change(config_);
  if (!config_.keys().file().empty()) keys_ = LoadKeys(config_.keys().file()).value();
  Start();
}

void RunningTokend::Start() {
  ServerOptions options{clock_, random_, log_};
  options.reflection = reflection_;
  options.key_interval = absl::Milliseconds(20);
  server_ = Server::Start(config_, options).value();
  channel_ = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
  stub_ = v1::TokenService::NewStub(channel_);
}

std::string RunningTokend::ClientToken(const std::string& client) const {
  if (client.empty()) return "";
  SystemRandom random;
  return MakeClientToken(*keys_, config_.issuer(), ClientId(client), absl::Hours(24 * 365), clock_.Now(), random)
      .value()
      .text;
}

v1::IssueResponse RunningTokend::IssuePair(const std::string& client) {
  v1::IssueRequest request;
  request.set_subject("alice");
  request.add_scopes("read");
  request.set_fresh(true);
  request.set_with_refresh_token(true);
  return Call(&v1::TokenService::Stub::Issue, request, client).value();
}

absl::StatusOr<v1::RefreshResponse> RunningTokend::Refresh(const std::string& client, const v1::IssuedToken& token) {
  v1::RefreshRequest request;
  request.set_refresh_token(token.token());
  return Call(&v1::TokenService::Stub::Refresh, request, client);
}

absl::StatusOr<v1::RevokeResponse> RunningTokend::RevokeToken(const std::string& client, const std::string& token) {
  v1::RevokeRequest request;
  request.set_token(token);
  return Call(&v1::TokenService::Stub::Revoke, request, client);
}

absl::StatusOr<v1::RevokeResponse> RunningTokend::RevokeSession(const std::string& client, const std::string& id) {
  v1::RevokeRequest request;
  request.set_session_id(id);
  return Call(&v1::TokenService::Stub::Revoke, request, client);
}

absl::StatusOr<v1::RevokeResponse> RunningTokend::RevokeSubject(const std::string& client, const std::string& subject) {
  v1::RevokeRequest request;
  request.set_subject(subject);
  return Call(&v1::TokenService::Stub::Revoke, request, client);
}

absl::StatusOr<v1::IntrospectResponse> RunningTokend::Introspect(const std::string& client, const std::string& token) {
  v1::IntrospectRequest request;
  request.set_token(token);
  return Call(&v1::TokenService::Stub::Introspect, request, client);
}

void RunningTokend::Stop() { server_.reset(); }

void RunningTokend::Restart(const std::function<void(config::TokendConfig&)>& change) {
  Stop();
  if (change) change(config_);
  Start();
}

}  // namespace paseto::service
