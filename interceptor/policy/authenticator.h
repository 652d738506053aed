// Authenticator: decides whether a call may reach its handler, and who calls.
//
// gRPC-free: rule, metadata and time in, principal or refusal out. Everything that the guard decides is decided here.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_AUTHENTICATOR_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_AUTHENTICATOR_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/token/verified_token_cache.h"
#include "grpc_paseto/interceptor/policy/compiled_rule.h"
#include "grpc_paseto/interceptor/policy/connection.h"
#include "grpc_paseto/interceptor/policy/credential.h"
#include "grpc_paseto/interceptor/policy/failure_budget.h"
#include "grpc_paseto/interceptor/policy/principal.h"
#include "grpc_paseto/interceptor/trust/issuer_trust.h"
#include "grpc_paseto/interceptor/trust/trust_source.h"

namespace paseto::interceptor {

class Authenticator {
 public:
  // All outlive the authenticator.
  struct Dependencies {
    const TrustSource& trust;  // decides on every issuer that `more_issuers` does not name
    VerifiedTokenCache& cache;
    std::vector<IssuerTrust> more_issuers = {};
  };
  struct Options {
    absl::Duration max_staleness = absl::Seconds(60);
    int failed_signatures_per_second = 20;  // of one connection, see FailureBudget
  };
  struct Call {
    absl::Span<const MetadataEntry> metadata;
    Connection connection;
    absl::Time now;
    bool renews_stream = false;  // then the token need not be fresh
  };
  struct Decision {
    Principal principal;
    bool by_connection = false;  // no token: the connection names the client, and the principal is anonymous
    bool was_cached = false;
    bool used_stale_trust = false;
  };

  Authenticator(const Dependencies& dependencies, const Options& options);

  // Errors: a refusal (refusal.h).
  absl::StatusOr<Decision> Authenticate(const CompiledRule& rule, const Call& call);

  // Who makes a call that Authenticate let pass, from the metadata that it left: the token must still be genuine, under
  // a key in good standing, and not revoked. Time and rules are not judged again. Anonymous when no value looks like a
  // credential of any of `shapes`.
  // A token is genuine for at most one principal, whichever shape finds it, so that the order does not matter.
  absl::StatusOr<Principal> Recall(absl::Span<const CredentialShape* const> shapes,
                                   absl::Span<const MetadataEntry> metadata, const Connection& connection);

 private:
  // Keys and revocations of one issuer, or of the server's own trust.
  struct Voice {
    const TrustSource* source;
    Trust trust;
  };
  struct Verified {
    VerifiedTokenCache::Result result;
    bool by_stale_trust = false;
  };

  absl::StatusOr<Decision> JudgeToken(const CompiledRule& rule, const Call& call, absl::string_view token);
  // By the first voice that knows the token's key.
  absl::StatusOr<Verified> VerifyByAny(const CompiledRule& rule, const Call& call, absl::string_view token);
  absl::StatusOr<VerifiedTokenCache::Result> Verify(const Voice& voice, const CompiledRule& rule, const Call& call,
                                                    absl::string_view token);
  // `verified` by `voice`, unless the token names an issuer for whom another one speaks.
  absl::StatusOr<VerifiedTokenCache::Result> Confirmed(const Voice& voice,
                                                       absl::StatusOr<VerifiedTokenCache::Result> verified) const;

  const std::vector<IssuerTrust> more_issuers_;
  std::vector<Voice> voices_;  // the server's own first
  VerifiedTokenCache& cache_;
  const absl::Duration max_staleness_;
  FailureBudget budget_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_AUTHENTICATOR_H_
