// A child process whose first line of output is read, and which ends with this object.
#ifndef GRPC_PASETO_TESTS_BENCH_CHILD_PROCESS_H_
#define GRPC_PASETO_TESTS_BENCH_CHILD_PROCESS_H_

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace paseto::bench {

class ChildProcess {
 public:
  // Starts `arguments[0]`; the process ends when it cannot.
  explicit ChildProcess(const std::vector<std::string>& arguments);
  ~ChildProcess() { Stop(); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Closes its input, ends it by `signal`, and waits until it has ended.
  void Stop(int signal = SIGTERM);
  // The next line of its output, without the newline; empty at the end.
  std::string ReadLine();
  // Gives `line` and a newline to its input. The process ends when it cannot.
  void WriteLine(const std::string& line);
  // What it used so far, and what it holds in memory now.
  absl::Duration CpuTime() const;
  double ResidentMib() const;

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
};

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_CHILD_PROCESS_H_
