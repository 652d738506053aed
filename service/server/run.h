// Run: what the program tokend does, from its flags to its exit code.
#ifndef GRPC_PASETO_SERVICE_SERVER_RUN_H_
#define GRPC_PASETO_SERVICE_SERVER_RUN_H_

#include <string>

namespace paseto::service {

// Exit codes.
inline constexpr int kStopped = 0;     // served and drained, or the configuration is good
inline constexpr int kFailed = 1;      // did not start, or the configuration is wrong
inline constexpr int kUsageError = 2;  // the flags contradict each other

struct RunOptions {
  std::string config_file;
  bool check_only = false;
  bool dev = false;
  std::string dev_folder;
  std::string dev_listen;
  bool allow_plaintext = false;
  bool accept_rollback = false;
  std::string log_level;
  std::string port_file;
};

// Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once. Call it once, before any other
// thread exists.
int Run(const RunOptions& options);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_RUN_H_
