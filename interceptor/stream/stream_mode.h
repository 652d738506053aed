// StreamMode: whether a guard ends streams or only counts those that it would end.
#ifndef GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_MODE_H_
#define GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_MODE_H_

namespace paseto::interceptor {

enum class StreamMode {
  kEnforce,
  // For roll-out: a stream that expires or is revoked is reported to the observer, once, and then left alone.
  kCountOnly,
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_MODE_H_
