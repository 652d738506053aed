#include "grpc_paseto/core/token/boot_clock.h"

#include <time.h>

namespace paseto {

absl::Duration SystemBootClock::SinceBoot() const {
  timespec since_boot = {};
  clock_gettime(CLOCK_BOOTTIME, &since_boot);
  return absl::DurationFromTimespec(since_boot);
}

}  // namespace paseto
