#include "grpc_paseto/interceptor/stream/boot_clock.h"

#include <time.h>

namespace paseto::interceptor {

absl::Duration SystemBootClock::SinceBoot() const {
  timespec since_boot = {};
  clock_gettime(CLOCK_BOOTTIME, &since_boot);
  return absl::DurationFromTimespec(since_boot);
}

}  // namespace paseto::interceptor
