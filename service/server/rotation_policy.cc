#include "grpc_paseto/service/server/rotation_policy.h"

#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/client_token.h"

namespace paseto::service {

RotationPolicy RotationPolicyFrom(const config::TokendConfig& config, const LifetimeMarks& marks) {
  const config::KeyRotation& rotation = config.keys().rotation();
  RotationPolicy policy;
  policy.every = ToAbslDuration(rotation.every());
  if (policy.every == absl::ZeroDuration()) policy.every = absl::InfiniteDuration();
  policy.min_announce = ToAbslDuration(rotation.min_announce());
  policy.patience = ToAbslDuration(rotation.patience());
  policy.keep_access = marks.access + kMaxClockSkew;
  policy.keep_refresh = marks.session + kMaxClockSkew;
  policy.keep_client = kLongestClientToken + kMaxClockSkew;
  return policy;
}

}  // namespace paseto::service
