// RunningTokend: a whole tokend in the test's process, on a free port, with a clock that the test moves.
#ifndef GRPC_PASETO_TESTS_SUPPORT_RUNNING_TOKEND_H_
#define GRPC_PASETO_TESTS_SUPPORT_RUNNING_TOKEND_H_

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <sstream>
#include <string>

#include "absl/status/statusor.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/service/server/server.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/temporary_folder.h"
#include "paseto/v1/token_service.grpc.pb.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

// A new key file at `path` with an active key of every kind and use that tokend needs.
void WriteTestKeys(const std::string& path);

// Loopback on a free port, keys and store in `folder`, no jitter, and these clients: "web" and "shop" may issue
// anything, "app" too and its sessions refresh by holder, "auditor" may introspect and list any and revoke subjects,
// "admin" may revoke all and manage keys, "shop" may exchange for billing, "verifier" may watch, "off" is disabled.
config::TokendConfig TestConfig(const std::string& folder);

// What a call says, as the caller's absl::Status.
absl::Status FromGrpc(const grpc::Status& status);

class RunningTokend {
 public:
  explicit RunningTokend(const std::function<void(config::TokendConfig&)>& change = nullptr,
                         ReflectionAccess reflection = ReflectionAccess::kClients);

  // A client token of `client`, which need not be configured; empty for an empty client.
  std::string ClientToken(const std::string& client) const;

  // Calls with the token of `client`; without any for an empty client.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (v1::TokenService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                               Response*),
                                const Request& request, const std::string& client) {
    return CallWithToken(method, request, ClientToken(client));
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> CallWithToken(grpc::Status (v1::TokenService::Stub::*method)(grpc::ClientContext*,
                                                                                        const Request&, Response*),
                                         const Request& request, const std::string& token) {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    Response response;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }

  // A pair for alice, who has just signed in.
  v1::IssueResponse IssuePair(const std::string& client);
  absl::StatusOr<v1::RefreshResponse> Refresh(const std::string& client, const v1::IssuedToken& token);
  absl::StatusOr<v1::RevokeResponse> RevokeToken(const std::string& client, const std::string& token);
  absl::StatusOr<v1::RevokeResponse> RevokeSession(const std::string& client, const std::string& id);
  absl::StatusOr<v1::RevokeResponse> RevokeSubject(const std::string& client, const std::string& subject);
  absl::StatusOr<v1::IntrospectResponse> Introspect(const std::string& client, const std::string& token);

  // Ends the server; the store's folder is free then.
  void Stop();
  // Ends it and starts it again on what it left behind, on another port. `change` may change the configuration.
  void Restart(const std::function<void(config::TokendConfig&)>& change = nullptr);

  Server& server() { return *server_; }
  FakeClock& clock() { return clock_; }
  const std::string& address() const { return server_->addresses().front(); }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const std::shared_ptr<const KeySet>& keys() const { return keys_; }
  const config::TokendConfig& config() const { return config_; }
  std::string store_folder() const { return config_.store().sqlite().folder(); }
  // Every line so far. REQUIRES: the server is stopped.
  std::string log_text() const { return log_text_.str(); }

 private:
  void Start();

  const ReflectionAccess reflection_;
  TemporaryFolder folder_;
  FakeClock clock_;
  SystemRandom random_;
  std::ostringstream log_text_;
  const JsonLog log_{log_text_, LogSeverity::kDebug};
  config::TokendConfig config_;
  std::shared_ptr<const KeySet> keys_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::TokenService::Stub> stub_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SUPPORT_RUNNING_TOKEND_H_
