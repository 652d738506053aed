// CallerPolicy: what one client of tokend may do. CallerPolicies: those of all configured clients.
//
// Guarantees: a client that is not configured has no policy; what a policy does not name is denied; the types "refresh"
// and "client" are denied whatever the configuration says.
// Does not: check the form of a request (lengths, characters).
// Threads: immutable.
#ifndef GRPC_PASETO_SERVICE_POLICY_CALLER_POLICY_H_
#define GRPC_PASETO_SERVICE_POLICY_CALLER_POLICY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/service/policy/allow_list.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

enum class RefreshBy {
  kClient,  // the client itself, authenticated
  kHolder,  // whoever holds the refresh token
};

class CallerPolicy {
 public:
  const ClientId& client() const { return client_; }
  // False: everything is denied. Whoever finds a policy asks this first; the checks below do not repeat it.
  bool enabled() const { return enabled_; }

  // OK when the client may ask for it. Errors: PERMISSION_DENIED with a sentence that names the client, what it asked
  // for and where the configuration would allow it.
  absl::Status CheckType(absl::string_view type) const;
  absl::Status CheckAudiences(absl::Span<const std::string> audiences) const;  // no audience at all is denied
  absl::Status CheckExchangeAudiences(absl::Span<const std::string> audiences) const;
  absl::Status CheckScopes(absl::Span<const std::string> scopes) const;
  absl::Status CheckSubject(absl::string_view subject) const;
  absl::Status CheckKind(TokenKind kind) const;

  // The lifetime that the client gets: what it requested, else `default_lifetime`, never more than its maximum.
  absl::Duration CapLifetime(absl::optional<absl::Duration> requested, absl::Duration default_lifetime) const;
  absl::Duration CapSessionLifetime(absl::optional<absl::Duration> requested, absl::Duration default_lifetime) const;

  // The audience of a token whose request names none; empty when the request has to name one.
  const std::string& default_audience() const { return default_audience_; }
  // The same for Exchange.
  const std::string& default_exchange_audience() const { return default_exchange_audience_; }
  RefreshBy refresh_by() const { return refresh_by_; }
  // Whether its access tokens are bound to the certificate of the connection that asks for them.
  bool binds_tokens() const { return binds_tokens_; }
  bool may_watch() const { return may_watch_; }
  bool may_introspect_any() const { return may_introspect_any_; }
  bool may_list_any() const { return may_list_any_; }
  bool may_revoke_subjects() const { return may_revoke_subjects_; }
  bool may_revoke_all() const { return may_revoke_all_; }
  bool may_manage_keys() const { return may_manage_keys_; }
  bool may_manage_store() const { return may_manage_store_; }

 private:
  friend class CallerPolicies;
  CallerPolicy() = default;
  static absl::StatusOr<CallerPolicy> Create(const std::string& id, const config::Client& client);
  absl::Status Denied(absl::string_view what, absl::string_view name, absl::string_view list) const;

  ClientId client_;
  bool enabled_ = false;
  AllowList types_;
  AllowList audiences_;
  AllowList exchange_audiences_;
  AllowList scopes_;
  AllowList subjects_;
  std::vector<TokenKind> kinds_;
  absl::Duration max_lifetime_;
  absl::Duration max_session_lifetime_;
  std::string default_audience_;
  std::string default_exchange_audience_;
  RefreshBy refresh_by_ = RefreshBy::kClient;
  bool binds_tokens_ = true;
  bool may_watch_ = false;
  bool may_introspect_any_ = false;
  bool may_list_any_ = false;
  bool may_revoke_subjects_ = false;
  bool may_revoke_all_ = false;
  bool may_manage_keys_ = false;
  bool may_manage_store_ = false;
};

class CallerPolicies {
 public:
  // REQUIRES: defaults are filled (FillDefaults in service/config). Errors: INVALID_ARGUMENT naming the client.
  static absl::StatusOr<std::shared_ptr<const CallerPolicies>> Create(const config::TokendConfig& config);

  // The policy of `client`, which may be disabled; null when it is not configured, which means that it is denied.
  const CallerPolicy* Find(const ClientId& client) const;

  // The longest life that any policy allows a session; revocations of sessions are kept this long.
  absl::Duration longest_session_lifetime() const { return longest_session_lifetime_; }

 private:
  CallerPolicies() = default;
  absl::flat_hash_map<ClientId, CallerPolicy> by_client_;
  absl::Duration longest_session_lifetime_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_POLICY_CALLER_POLICY_H_
