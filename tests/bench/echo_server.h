// The echo server of the benchmarks: one program that serves in several ways, so that only the way differs.
#ifndef GRPC_PASETO_TESTS_BENCH_ECHO_SERVER_H_
#define GRPC_PASETO_TESTS_BENCH_ECHO_SERVER_H_

namespace paseto::bench {

enum class EchoMode {
  kUnguarded,
  kGuarded,    // behind the gate; the handler asks PrincipalFrom
  kEmptyGate,  // an auth metadata processor that lets every call pass at once; the handler reads its metadata
  kRawVerify,  // unguarded; the handler verifies one Ed25519 signature of a token's size, by libsodium alone
};

// Serves until standard input ends. Prints one line, "PORT TOKEN": where it listens, and a token that the guard
// accepts. Gives the process's exit code.
int ServeEcho(EchoMode mode);

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_ECHO_SERVER_H_
