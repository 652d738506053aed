#include "grpc_paseto/service/policy/caller_policy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/service/config/durations.h"

namespace paseto::service {
namespace {

absl::Status Misconfigured(const std::string& id, absl::string_view field, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat("clients[", id, "].", field, ": ", message));
}

bool IsOwnType(absl::string_view type) { return type == kRefreshType || type == kClientType; }

// One list of the configuration, with the path of what is wrong with it.
template <typename Strings>
absl::Status ReadList(const std::string& id, absl::string_view field, const Strings& entries,
                      AllowList::Prefixes prefixes, AllowList& list) {
  absl::StatusOr<AllowList> created = AllowList::Create(entries, prefixes);
  if (!created.ok()) return Misconfigured(id, field, created.status().message());
  list = *std::move(created);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CallerPolicy> CallerPolicy::Create(const std::string& id, const config::Client& client) {
  using Prefixes = AllowList::Prefixes;
  CallerPolicy policy;
  policy.client_ = ClientId(id);
  policy.enabled_ = !client.disabled();
  absl::Status read = ReadList(id, "types", client.types(), Prefixes::kRefused, policy.types_);
  read.Update(ReadList(id, "audiences", client.audiences(), Prefixes::kRefused, policy.audiences_));
  read.Update(
      ReadList(id, "exchange_audiences", client.exchange_audiences(), Prefixes::kRefused, policy.exchange_audiences_));
  read.Update(ReadList(id, "scopes", client.scopes(), Prefixes::kRefused, policy.scopes_));
  read.Update(ReadList(id, "subjects", client.subjects(), Prefixes::kAllowed, policy.subjects_));
  if (!read.ok()) return read;
  if (std::any_of(client.types().begin(), client.types().end(), IsOwnType)) {
    return Misconfigured(id, "types", "refresh and client cannot be issued");
  }
  for (const std::string& name : client.kinds()) {
    const absl::StatusOr<TokenKind> kind = ParseTokenKind(name);
    if (!kind.ok()) return Misconfigured(id, "kinds", kind.status().message());
    policy.kinds_.push_back(*kind);
  }
  policy.max_lifetime_ = ToAbslDuration(client.max_lifetime());
  policy.max_session_lifetime_ = ToAbslDuration(client.max_session_lifetime());
  if (policy.max_lifetime_ <= absl::ZeroDuration() || policy.max_session_lifetime_ <= absl::ZeroDuration()) {
    return Misconfigured(id, "max_lifetime", "the lifetimes are not set");
  }
  if (client.audiences_size() > 0 && client.audiences(0) != "*") policy.default_audience_ = client.audiences(0);
  if (client.exchange_audiences_size() > 0 && client.exchange_audiences(0) != "*") {
    policy.default_exchange_audience_ = client.exchange_audiences(0);
  }
  policy.refresh_by_ = client.refresh_by() == config::REFRESH_BY_HOLDER ? RefreshBy::kHolder : RefreshBy::kClient;
  policy.binds_tokens_ = client.bind_tokens() != config::BIND_TOKENS_NONE;
  policy.may_watch_ = client.watch();
  policy.may_introspect_any_ = client.introspect() == config::INTROSPECT_ANY;
  policy.may_list_any_ = client.list_sessions() == config::LIST_SESSIONS_ANY;
  policy.may_revoke_subjects_ = client.revoke_subjects();
  policy.may_revoke_all_ = client.revoke_all();
  policy.may_manage_keys_ = client.manage_keys();
  policy.may_manage_store_ = client.manage_store();
  return policy;
}

absl::Status CallerPolicy::Denied(absl::string_view what, absl::string_view name, absl::string_view list) const {
  constexpr size_t kLongestName = 255;
  return absl::PermissionDeniedError(absl::StrCat(
      "client ", client_.text(), " may not use the ", what, " \"", absl::CHexEscape(name.substr(0, kLongestName)),
      "\"; the operator allows it in ", "clients.", client_.text(), ".", list));
}

absl::Status CallerPolicy::CheckType(absl::string_view type) const {
  if (IsOwnType(type)) {
    return absl::PermissionDeniedError(absl::StrCat("tokens of type ", type, " cannot be asked for by any client"));
  }
  return types_.Allows(type) ? absl::OkStatus() : Denied("type", type, "types");
}

absl::Status CallerPolicy::CheckAudiences(absl::Span<const std::string> audiences) const {
  if (audiences.empty()) {
    return absl::PermissionDeniedError(
        absl::StrCat("client ", client_.text(), " has no default audience; name at least one in the request"));
  }
  for (const std::string& audience : audiences) {
    if (!audiences_.Allows(audience)) return Denied("audience", audience, "audiences");
  }
  return absl::OkStatus();
}

absl::Status CallerPolicy::CheckExchangeAudiences(absl::Span<const std::string> audiences) const {
  if (audiences.empty()) {
    return absl::PermissionDeniedError(absl::StrCat("client ", client_.text(),
                                                    " has no default audience to exchange for; the operator allows "
                                                    "audiences in exchange_audiences"));
  }
  for (const std::string& audience : audiences) {
    if (!exchange_audiences_.Allows(audience)) return Denied("audience", audience, "exchange_audiences");
  }
  return absl::OkStatus();
}

absl::Status CallerPolicy::CheckScopes(absl::Span<const std::string> scopes) const {
  for (const std::string& scope : scopes) {
    if (!scopes_.Allows(scope)) return Denied("scope", scope, "scopes");
  }
  return absl::OkStatus();
}

absl::Status CallerPolicy::CheckSubject(absl::string_view subject) const {
  return subjects_.Allows(subject) ? absl::OkStatus() : Denied("subject", subject, "subjects");
}

absl::Status CallerPolicy::CheckKind(TokenKind kind) const {
  const bool allowed = std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end();
  return allowed ? absl::OkStatus() : Denied("kind", TokenKindName(kind), "kinds");
}

absl::Duration CallerPolicy::CapLifetime(absl::optional<absl::Duration> requested,
                                         absl::Duration default_lifetime) const {
  return std::min(requested.value_or(default_lifetime), max_lifetime_);
}

absl::Duration CallerPolicy::CapSessionLifetime(absl::optional<absl::Duration> requested,
                                                absl::Duration default_lifetime) const {
  return std::min(requested.value_or(default_lifetime), max_session_lifetime_);
}

absl::StatusOr<std::shared_ptr<const CallerPolicies>> CallerPolicies::Create(const config::TokendConfig& config) {
  std::shared_ptr<CallerPolicies> policies(new CallerPolicies());
  for (const auto& [id, client] : config.clients()) {
    absl::StatusOr<CallerPolicy> policy = CallerPolicy::Create(id, client);
    if (!policy.ok()) return policy.status();
    policies->longest_session_lifetime_ = std::max(policies->longest_session_lifetime_, policy->max_session_lifetime_);
    policies->by_client_.emplace(ClientId(id), *std::move(policy));
  }
  return policies;
}

const CallerPolicy* CallerPolicies::Find(const ClientId& client) const {
  const auto found = by_client_.find(client);
  return found == by_client_.end() ? nullptr : &found->second;
}

}  // namespace paseto::service
