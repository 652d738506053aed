// What may take the place of a live stream's token.
//
// gRPC-free. The renewed stream speaks for the same one: issuer, subject and session are part of the stream's name, so
// a token that differs there does not find the stream; client, binding, scopes and expiry are compared here.
#ifndef GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_RENEWAL_H_
#define GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_RENEWAL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/verifier.h"

namespace paseto::interceptor {

inline constexpr size_t kMaxStreamIdLength = 64;
// A stream takes a new token at most this often.
inline constexpr absl::Duration kRenewalInterval = absl::Seconds(1);

// Request metadata: the client's name for a stream.
inline constexpr absl::string_view kStreamIdKey = "paseto-stream-id";
// Initial metadata of the server: how long the stream may live, in milliseconds, and which instance serves it.
inline constexpr absl::string_view kStreamLifeKey = "paseto-stream-life-ms";
inline constexpr absl::string_view kInstanceKey = "paseto-instance";

// 1 to 64 printable ASCII characters without spaces.
bool IsStreamId(absl::string_view id);

// A stream as its client names it.
struct StreamAddress {
  absl::string_view method;  // "/package.Service/Method"
  absl::string_view id;
};

// Equal for equal addresses of equal holders: issuer, subject and session, or the client where a token names neither of
// the latter two.
uint64_t HashStreamName(const StreamAddress& address, const Claims& holder);
bool SameHolder(const Claims& a, const Claims& b);

// True when both are the same token, whatever its spelling.
bool IsSameToken(const VerifiedToken& a, const VerifiedToken& b);

// REQUIRES: tokens of the same holder.
// Errors: PERMISSION_DENIED renewal_refused, naming the rule that `next` breaks.
absl::Status CheckRenewal(const VerifiedToken& present, const VerifiedToken& next);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_STREAM_STREAM_RENEWAL_H_
