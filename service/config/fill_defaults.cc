#include "grpc_paseto/service/config/fill_defaults.h"

#include <algorithm>

#include "absl/time/time.h"
#include "grpc_paseto/service/config/durations.h"

namespace paseto::service {
namespace {

constexpr absl::Duration kAccessLifetime = absl::Minutes(10);
constexpr absl::Duration kMaxAccessLifetime = absl::Hours(1);
constexpr uint32_t kAccessLifetimeJitterPermille = 100;
constexpr absl::Duration kSessionLifetime = absl::Hours(30 * 24);
constexpr absl::Duration kIdleTimeout = absl::Hours(7 * 24);
constexpr absl::Duration kRefreshGrace = absl::Seconds(10);
constexpr uint32_t kRefreshGraceLimit = 1000;
constexpr absl::Duration kRotateEvery = absl::Hours(30 * 24);
constexpr absl::Duration kMinAnnounce = absl::Minutes(10);
constexpr absl::Duration kPatience = absl::Hours(1);
constexpr char kKind[] = "v4.public";

void FillTokens(config::Tokens& tokens) {
  if (!tokens.has_max_access_lifetime()) SetDuration(kMaxAccessLifetime, *tokens.mutable_max_access_lifetime());
  if (!tokens.has_access_lifetime()) {
    SetDuration(std::min(kAccessLifetime, ToAbslDuration(tokens.max_access_lifetime())),
                *tokens.mutable_access_lifetime());
  }
  if (!tokens.has_access_lifetime_jitter_permille()) {
    tokens.set_access_lifetime_jitter_permille(kAccessLifetimeJitterPermille);
  }
  if (!tokens.has_session_lifetime()) SetDuration(kSessionLifetime, *tokens.mutable_session_lifetime());
  if (!tokens.has_idle_timeout()) {
    SetDuration(std::min(kIdleTimeout, ToAbslDuration(tokens.session_lifetime())), *tokens.mutable_idle_timeout());
  }
  if (!tokens.has_refresh_grace()) SetDuration(kRefreshGrace, *tokens.mutable_refresh_grace());
  if (!tokens.has_refresh_grace_limit()) tokens.set_refresh_grace_limit(kRefreshGraceLimit);
}

void FillTls(config::Tls& tls) {
  if (tls.client_certificate() == config::CLIENT_CERTIFICATE_UNSPECIFIED) {
    tls.set_client_certificate(config::CLIENT_CERTIFICATE_OPTIONAL);
  }
}

void FillRotation(config::KeyRotation& rotation) {
  if (!rotation.has_every()) SetDuration(kRotateEvery, *rotation.mutable_every());
  if (!rotation.has_min_announce()) SetDuration(kMinAnnounce, *rotation.mutable_min_announce());
  if (!rotation.has_patience()) SetDuration(kPatience, *rotation.mutable_patience());
}

void FillClient(const config::Tokens& tokens, config::Client& client) {
  if (client.kinds().empty()) client.add_kinds(kKind);
  if (!client.has_max_lifetime()) *client.mutable_max_lifetime() = tokens.max_access_lifetime();
  if (!client.has_max_session_lifetime()) *client.mutable_max_session_lifetime() = tokens.session_lifetime();
  if (client.refresh_by() == config::REFRESH_BY_UNSPECIFIED) client.set_refresh_by(config::REFRESH_BY_CLIENT);
  if (client.bind_tokens() == config::BIND_TOKENS_UNSPECIFIED) client.set_bind_tokens(config::BIND_TOKENS_CERTIFICATE);
  if (client.introspect() == config::INTROSPECT_UNSPECIFIED) client.set_introspect(config::INTROSPECT_OWN);
  if (client.list_sessions() == config::LIST_SESSIONS_UNSPECIFIED) client.set_list_sessions(config::LIST_SESSIONS_OWN);
}

}  // namespace

void FillDefaults(config::TokendConfig& config) {
  for (config::Listener& listener : *config.mutable_listen()) {
    if (listener.has_tls()) FillTls(*listener.mutable_tls());
  }
  FillTokens(*config.mutable_tokens());
  FillRotation(*config.mutable_keys()->mutable_rotation());
  for (auto& [id, client] : *config.mutable_clients()) FillClient(config.tokens(), client);
  if (config.log().level() == config::LOG_LEVEL_UNSPECIFIED) config.mutable_log()->set_level(config::LOG_LEVEL_INFO);
}

}  // namespace paseto::service
