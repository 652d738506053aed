// Process: a program that a test starts, with its output in files. Killed when the object dies.
#ifndef GRPC_PASETO_TESTS_SUPPORT_PROCESS_H_
#define GRPC_PASETO_TESTS_SUPPORT_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/types/optional.h"

namespace paseto {

class Process {
 public:
  // Starts `arguments[0]`, relative to the test's present folder, with the folder `folder` as its present one; its
  // output goes to `out` and `err` there, after what they hold already.
  Process(const std::string& folder, const std::vector<std::string>& arguments);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int signal);
  // The exit code; minus the signal's number when one ended it. Fails the test after a minute.
  int Wait();
  bool IsRunning();

  std::string out() const;
  std::string err() const;

 private:
  void Reap(int flags);

  const std::string folder_;
  pid_t pid_ = -1;
  absl::optional<int> exit_code_;
};

// The content of the file once it is there; empty when `process` ends before, or after a minute.
std::string AwaitFile(const std::string& path, Process& process);

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_PROCESS_H_
