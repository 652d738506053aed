// tokend --dev as a child process, in a folder of its own beside the present one, which goes at the end.
#ifndef GRPC_PASETO_TESTS_BENCH_TOKEND_PROCESS_H_
#define GRPC_PASETO_TESTS_BENCH_TOKEND_PROCESS_H_

#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <memory>
#include <string>

#include "grpc_paseto/tests/bench/child_process.h"
#include "paseto/v1/token_service.grpc.pb.h"

namespace paseto::bench {

class TokendProcess {
 public:
  // Starts `program` and waits until it serves; the process ends when it does not.
  explicit TokendProcess(const std::string& program);
  ~TokendProcess();

  // Ends it by `signal` and starts it again on what it left behind. Gives the time from the start of the process until
  // it serves.
  absl::Duration Restart(int signal = SIGTERM);

  const ChildProcess& process() const { return *process_; }
  const std::string& address() const { return address_; }
  const std::string& client_token() const { return client_token_; }
  std::string client_token_file() const { return (folder_ / "data" / "dev.token").string(); }
  v1::TokenService::Stub& stub() { return *stub_; }
  // With the client token.
  std::unique_ptr<grpc::ClientContext> NewContext() const;

 private:
  void Start();

  const std::string program_;
  const std::filesystem::path folder_;
  std::unique_ptr<ChildProcess> process_;
  std::string address_;
  std::string client_token_;
  std::unique_ptr<v1::TokenService::Stub> stub_;
};

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_TOKEND_PROCESS_H_
