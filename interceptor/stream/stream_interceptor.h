// StreamInterceptor: puts every streaming call under the StreamGuard, for as long as it lives. The client of a stream
// that has a name, and can be renewed, reads in the initial metadata how long that is. Others are told nothing: gRPC
// keeps what is announced in memory as long as the stream lives.
//
// Unary calls get no interceptor object: with one, gRPC sends every batch through the completion queue a second time.
#ifndef GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_INTERCEPTOR_H_
#define GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_INTERCEPTOR_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_interceptor.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/interceptor/stream/stream_guard.h"

namespace paseto::interceptor {

// What the gate knows of a stream that it let pass.
struct AdmittedStream {
  absl::Status refusal;                        // not OK: it must not go on, and only `method` counts
  std::shared_ptr<const VerifiedToken> token;  // null for an anonymous stream
  absl::Duration grace = absl::ZeroDuration();
  absl::Duration max_lifetime = absl::InfiniteDuration();
  absl::string_view method;  // lives as long as the guard; empty for a method that the server does not name
  std::string name;          // the client's name for the stream, to renew it by; may be empty
};

// Implemented by the gate.
class StreamAdmission {
 public:
  virtual ~StreamAdmission() = default;
  virtual AdmittedStream Admit(absl::string_view method, const grpc::ServerContextBase& context) = 0;
};

// Both outlive every server that uses the factory. `instance` is announced to clients; it may be empty.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeStreamInterceptorFactory(
    StreamAdmission& admission, StreamGuard& streams, std::string instance);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_INTERCEPTOR_H_
