// BootClock: time that never steps and goes on while the machine sleeps (CLOCK_BOOTTIME). For deadlines.
#ifndef GRPC_PASETO_CORE_TOKEN_BOOT_CLOCK_H_
#define GRPC_PASETO_CORE_TOKEN_BOOT_CLOCK_H_

#include "absl/time/time.h"

namespace paseto {

class BootClock {
 public:
  virtual ~BootClock() = default;
  virtual absl::Duration SinceBoot() const = 0;
};

class SystemBootClock final : public BootClock {
 public:
  absl::Duration SinceBoot() const override;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_BOOT_CLOCK_H_
