#include <algorithm>

#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/dependencies.h"

namespace paseto::service {

absl::Duration LifecycleSettings::verifier_retention() const { return marks.access + kMaxClockSkew; }

absl::Duration LifecycleSettings::store_retention() const { return std::max(verifier_retention(), marks.session); }

LifecycleSettings LifecycleSettingsFrom(const config::TokendConfig& config) {
  const config::Tokens& tokens = config.tokens();
  LifecycleSettings settings;
  settings.audited = config.has_audit();
  settings.issuer = config.issuer();
  settings.access_lifetime = ToAbslDuration(tokens.access_lifetime());
  settings.max_access_lifetime = ToAbslDuration(tokens.max_access_lifetime());
  settings.jitter_permille = tokens.access_lifetime_jitter_permille();
  settings.session_lifetime = ToAbslDuration(tokens.session_lifetime());
  settings.idle_timeout = ToAbslDuration(tokens.idle_timeout());
  settings.refresh_grace = ToAbslDuration(tokens.refresh_grace());
  settings.refresh_grace_limit = tokens.refresh_grace_limit();
  settings.marks.access = settings.max_access_lifetime;
  for (const auto& [id, client] : config.clients()) {
    settings.marks.session = std::max(settings.marks.session, ToAbslDuration(client.max_session_lifetime()));
  }
  return settings;
}

}  // namespace paseto::service
