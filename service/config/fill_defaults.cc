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

void FillClient(const config::Tokens& tokens, config::Client& client) {
  if (client.kinds().empty()) client.add_kinds(kKind);
  if (!client.has_max_lifetime()) *client.mutable_max_lifetime() = tokens.max_access_lifetime();
  if (!client.has_max_session_lifetime()) *client.mutable_max_session_lifetime() = tokens.session_lifetime();
  if (client.refresh_by() == config::REFRESH_BY_UNSPECIFIED) client.set_refresh_by(config::REFRESH_BY_CLIENT);
  if (client.introspect() == config::INTROSPECT_UNSPECIFIED) client.set_introspect(config::INTROSPECT_OWN);
  if (client.list_sessions() == config::LIST_SESSIONS_UNSPECIFIED) client.set_list_sessions(config::LIST_SESSIONS_OWN);
}

}  // namespace

void FillDefaults(config::TokendConfig& config) {
  FillTokens(*config.mutable_tokens());
  for (auto& [id, client] : *config.mutable_clients()) FillClient(config.tokens(), client);
  if (config.log().level() == config::LOG_LEVEL_UNSPECIFIED) config.mutable_log()->set_level(config::LOG_LEVEL_INFO);
}

}  // namespace paseto::service
