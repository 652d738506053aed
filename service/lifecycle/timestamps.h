// Instants of messages: protobuf's type to Abseil's and back.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_TIMESTAMPS_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_TIMESTAMPS_H_

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>

#include "absl/time/time.h"

namespace paseto::service {

inline absl::Time ToAbslTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

// REQUIRES: an instant in the years 1 to 9999.
inline void SetTimestamp(absl::Time from, google::protobuf::Timestamp& to) {
  const int64_t seconds = absl::ToUnixSeconds(from);
  to.set_seconds(seconds);
  to.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(from - absl::FromUnixSeconds(seconds))));
}

// Tokens carry whole seconds.
inline absl::Time FloorToSecond(absl::Time time) { return absl::FromUnixSeconds(absl::ToUnixSeconds(time)); }

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_TIMESTAMPS_H_
