// TrustSource: where a guard's keys and revocations come from.
//
// Implementations: a feed (kept current by tokend), a key file (re-read when it changes), or the same process.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_TRUST_SOURCE_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_TRUST_SOURCE_H_

#include <functional>

#include "absl/time/time.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/revocation_set.h"

namespace paseto::interceptor {

class TrustSource {
 public:
  virtual ~TrustSource() = default;

  // Both live as long as this object.
  virtual const KeyRing& keys() const = 0;
  virtual const RevocationSet& revocations() const = 0;

  // How long ago this data was confirmed to be the newest: InfiniteDuration() until trust came for the first time; more
  // than a lifetime for data that an earlier process left and nobody has confirmed.
  virtual absl::Duration Age() const = 0;

  // Waits until trust came for the first time. False when `timeout` passed before and there is not even unconfirmed
  // data.
  virtual bool WaitForFirstTrust(absl::Duration timeout) = 0;

  // `listener` runs after every change of keys or revocations, on a thread of this object; it must be quick. One
  // listener; an empty one ends it, and no call of the old one is running when this returns.
  virtual void OnChange(std::function<void()> listener) = 0;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_TRUST_SOURCE_H_
