// A StreamServer in a process of its own, so that its heap is the server's alone. Told what to do over its input.
#ifndef GRPC_PASETO_TESTS_BENCH_STREAM_CHILD_H_
#define GRPC_PASETO_TESTS_BENCH_STREAM_CHILD_H_

#include <memory>
#include <string>
#include <vector>

#include "grpc_paseto/tests/bench/child_process.h"
#include "grpc_paseto/tests/bench/stream_server.h"

namespace paseto::bench {

// The child: serves until its input ends. Gives the process's exit code.
int ServeStreams(Protection protection);

// Its parent's view.
class StreamChild {
 public:
  // `program` calls ServeStreams when it is started with the single argument `mode`.
  StreamChild(const std::string& program, const std::string& mode);

  Streams::Stub& stub() { return *stub_; }
  std::vector<std::string> Mint(const std::string& subject, int count);
  double HeapBytes();
  // Returns when the server knows the revocation.
  void RevokeSubject(const std::string& subject);
  // Returns when the server has ended all chats, of which the clients may not know yet.
  void EndChats();

 private:
  ChildProcess process_;
  std::unique_ptr<Streams::Stub> stub_;
};

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_STREAM_CHILD_H_
