// The echo server of the benchmarks: one program that serves either guarded or not, so that only the guard differs.
#ifndef GRPC_PASETO_TESTS_BENCH_ECHO_SERVER_H_
#define GRPC_PASETO_TESTS_BENCH_ECHO_SERVER_H_

namespace paseto::bench {

// Serves until standard input ends. Prints one line, "PORT TOKEN": where it listens, and a token that the guard
// accepts. Gives the process's exit code.
int ServeEcho(bool guarded);

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_ECHO_SERVER_H_
