// Calls to tokend: the channel, the client token, the deadline, and what a failed call means.
#ifndef GRPC_PASETO_SERVICE_CLI_SERVER_CALL_H_
#define GRPC_PASETO_SERVICE_CLI_SERVER_CALL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/cli/outcome.h"
#include "paseto/v1/token_service.grpc.pb.h"

namespace paseto::service {

struct CallOptions {
  std::string address = "127.0.0.1:7443";  // host:port, [IPv6]:port or unix:PATH
  std::string ca_file{};                   // PEM; empty: the system's certificates
  std::string server_name{};               // the name in the server's certificate, when it differs from the address
  bool plaintext = false;                  // no TLS; loopback and Unix sockets only. Implied for unix: without ca_file
  std::string token_file{};                // the client token; empty: a certificate or the socket may say who calls
  std::string certificate_file{};          // PEM; the client's certificate chain, with key_file
  std::string key_file{};                  // PEM; the private key of the first certificate
  std::string timeout = "10s";             // for the whole call
};

// One server, ready to be called. Does not connect before the first call.
class ServerCall {
 public:
  // Errors: INVALID_ARGUMENT for options that do not go together; others as the system says for a file.
  static absl::StatusOr<ServerCall> Create(const CallOptions& options);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Puts the deadline and the client token into the context of a call.
  void Prepare(grpc::ClientContext& context) const;
  // What the failed call means, with what to do next. REQUIRES: !status.ok().
  Failure Explain(const grpc::Status& status) const;

 private:
  ServerCall() = default;
  std::string address_;
  bool plaintext_ = false;
  std::string token_;
  absl::Duration timeout_;
  std::shared_ptr<grpc::Channel> channel_;
};

// One call of one method of a service's Stub: what `describe` makes of the response, or why there is none.
template <typename Stub, typename Request, typename Response, typename Describe>
Outcome Ask(const CallOptions& options, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
            const Request& request, const Describe& describe) {
  absl::StatusOr<ServerCall> server = ServerCall::Create(options);
  if (!server.ok()) return UsageFailure(server.status());
  grpc::ClientContext context;
  server->Prepare(context);
  Response response;
  Stub stub(server->channel());
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return server->Explain(status);
  return describe(response);
}

// A refusal of the server: its reason and sentence taken apart. Other failures: kUnreachable when no answer came.
Failure ExplainStatus(const grpc::Status& status);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_SERVER_CALL_H_
