// Durations of the configuration: protobuf's type to Abseil's and back.
#ifndef GRPC_PASETO_SERVICE_CONFIG_DURATIONS_H_
#define GRPC_PASETO_SERVICE_CONFIG_DURATIONS_H_

#include <google/protobuf/duration.pb.h>

#include <cstdint>

#include "absl/time/time.h"

namespace paseto::service {

inline absl::Duration ToAbslDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

// REQUIRES: a finite duration.
inline void SetDuration(absl::Duration from, google::protobuf::Duration& to) {
  absl::Duration rest;
  to.set_seconds(absl::IDivDuration(from, absl::Seconds(1), &rest));
  to.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_DURATIONS_H_
