// Durations of the configuration, from protobuf's type to Abseil's.
#ifndef GRPC_PASETO_SERVICE_CONFIG_DURATIONS_H_
#define GRPC_PASETO_SERVICE_CONFIG_DURATIONS_H_

#include <google/protobuf/duration.pb.h>

#include "absl/time/time.h"

namespace paseto::service {

inline absl::Duration ToAbslDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_DURATIONS_H_
