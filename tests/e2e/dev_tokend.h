// DevTokend: the real program in a folder of the test's, started with --dev on a free port, killed and started again.
#ifndef GRPC_PASETO_TESTS_E2E_DEV_TOKEND_H_
#define GRPC_PASETO_TESTS_E2E_DEV_TOKEND_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/tests/support/process.h"
#include "grpc_paseto/tests/support/temporary_folder.h"
#include "paseto/v1/token_service.grpc.pb.h"

namespace paseto::service {

// Threads: calls may come from several threads at once; starting and stopping may not.
class DevTokend {
 public:
  // Starts; keys, sessions and the client token are those of the last time.
  void Start();
  void Signal(int signal) { process_->Signal(signal); }
  int Wait() { return process_->Wait(); }

  absl::StatusOr<v1::IssueResponse> IssuePair(const std::string& subject);
  absl::StatusOr<v1::RefreshResponse> Refresh(const v1::IssuedToken& token);
  absl::StatusOr<v1::RevokeResponse> RevokeToken(const v1::IssuedToken& token);
  absl::StatusOr<v1::IntrospectResponse> Introspect(const v1::IssuedToken& token);

  // Of a refresh token.
  uint64_t GenerationOf(const v1::IssuedToken& token) const;
  std::string address() const { return "127.0.0.1:" + port_; }
  std::string client_token() const { return client_token_; }
  Process& process() { return *process_; }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  std::unique_ptr<grpc::ClientContext> NewContext() const;

  TemporaryFolder folder_;
  std::unique_ptr<Process> process_;
  std::string port_;
  std::string client_token_;
  std::shared_ptr<const KeySet> keys_;
  std::unique_ptr<v1::TokenService::Stub> stub_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_E2E_DEV_TOKEND_H_
