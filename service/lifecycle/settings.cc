#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/dependencies.h"

namespace paseto::service {

absl::Duration LifecycleSettings::verifier_retention() const { return max_access_lifetime + kMaxClockSkew; }

LifecycleSettings LifecycleSettingsFrom(const config::TokendConfig& config) {
  const config::Tokens& tokens = config.tokens();
  LifecycleSettings settings;
  settings.issuer = config.issuer();
  settings.access_lifetime = ToAbslDuration(tokens.access_lifetime());
  settings.max_access_lifetime = ToAbslDuration(tokens.max_access_lifetime());
  settings.jitter_permille = tokens.access_lifetime_jitter_permille();
  settings.session_lifetime = ToAbslDuration(tokens.session_lifetime());
  settings.idle_timeout = ToAbslDuration(tokens.idle_timeout());
  settings.refresh_grace = ToAbslDuration(tokens.refresh_grace());
  settings.refresh_grace_limit = tokens.refresh_grace_limit();
  return settings;
}

}  // namespace paseto::service
