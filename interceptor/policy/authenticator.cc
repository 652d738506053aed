#include "grpc_paseto/interceptor/policy/authenticator.h"

#include <utility>

#include "absl/container/inlined_vector.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

using Form = UntrustedCredential::Form;

VerifyOptions OptionsFor(const CredentialShape& shape, absl::string_view assertion) {
  VerifyOptions options;
  options.accept = shape.accept;
  options.uses = shape.uses;
  options.implicit_assertion = assertion;
  options.accept_without_kid = shape.accept_without_kid;
  options.base64_wrapped = shape.base64_wrapped;
  return options;
}

// What MODE_OPTIONAL_LENIENT forgives: a token that does not decode. A genuine token that is not good enough is
// refused.
bool DoesNotDecode(TokenError error) {
  switch (error) {
    case TokenError::kMalformed:
    case TokenError::kNotAccepted:
    case TokenError::kKeyUnknown:
    case TokenError::kSignatureInvalid:
    case TokenError::kExpired:
    case TokenError::kNotYetValid:
    case TokenError::kTooOld:
    case TokenError::kWrongIssuer:
    case TokenError::kWrongAudience:
      return true;
    case TokenError::kWrongType:
    case TokenError::kNotFresh:
    case TokenError::kAuthenticationTooOld:
    case TokenError::kScopeMissing:
    case TokenError::kRevoked:
      return false;
  }
  return false;
}

absl::StatusOr<Authenticator::Decision> ForgiveOrRefuse(const CompiledRule& rule, const absl::Status& status) {
  const absl::optional<TokenError> error = GetTokenError(status);
  if (rule.mode == v1::AuthRule::MODE_OPTIONAL_LENIENT && error.has_value() && DoesNotDecode(*error)) {
    return Authenticator::Decision();
  }
  if (!error.has_value() && ReasonOf(status.message()) != v1::REASON_UNSPECIFIED) return status;
  return RefusalFromTokenError(status);
}

absl::Status Ambiguous() {
  return MakeRefusal(v1::REASON_TOKEN_AMBIGUOUS, "more than one credential was sent; send exactly one");
}

}  // namespace

Authenticator::Authenticator(const Dependencies& dependencies, const Options& options)
    : trust_source_(dependencies.trust),
      trust_{&dependencies.trust.keys(), &dependencies.trust.revocations()},
      cache_(dependencies.cache),
      max_staleness_(options.max_staleness),
      budget_(options.failed_signatures_per_second) {}

absl::StatusOr<Authenticator::Decision> Authenticator::Authenticate(const CompiledRule& rule, const Call& call) {
  if (rule.mode == v1::AuthRule::MODE_PUBLIC) return Decision();
  const UntrustedCredential credential = FindCredential(rule.shape, call.metadata);
  switch (credential.form) {
    case Form::kNone:
      if (rule.mode != v1::AuthRule::MODE_REQUIRED) return Decision();
      return MakeRefusal(v1::REASON_TOKEN_MISSING, "this method needs a token and the call carries none");
    case Form::kMalformed:
      return MakeRefusal(v1::REASON_TOKEN_MALFORMED, "the credential does not have the form that this method expects");
    case Form::kAmbiguous:
      return Ambiguous();
    case Form::kOne:
      break;
  }
  return JudgeToken(rule, call, credential.token);
}

absl::StatusOr<Authenticator::Decision> Authenticator::JudgeToken(const CompiledRule& rule, const Call& call,
                                                                  absl::string_view token) {
  Decision decision;
  const absl::Duration age = trust_source_.Age();
  if (age > max_staleness_) {
    if (!rule.allow_stale_trust || age == absl::InfiniteDuration()) {
      return MakeRefusal(v1::REASON_TRUST_STALE,
                         "the keys and revocations of this server are too old; try again later");
    }
    decision.used_stale_trust = true;
  }
  absl::StatusOr<VerifiedTokenCache::Result> verified = Verify(rule.shape, call, token);
  if (!verified.ok()) return ForgiveOrRefuse(rule, verified.status());
  const absl::Status acceptable =
      (call.renews_stream ? rule.renewal_validator : rule.validator).Validate(verified->token->claims(), call.now);
  if (!acceptable.ok()) return ForgiveOrRefuse(rule, acceptable);
  decision.principal = Principal(std::move(verified->token));
  decision.was_cached = verified->was_cached;
  return decision;
}

absl::StatusOr<VerifiedTokenCache::Result> Authenticator::Verify(const CredentialShape& shape, const Call& call,
                                                                 absl::string_view token) {
  const CallAssertion assertion(shape, call.metadata);
  if (assertion.ambiguous()) return Ambiguous();
  const VerifyOptions options = OptionsFor(shape, assertion.bytes());
  if (budget_.Exhausted(call.connection, call.now) && !cache_.Contains(trust_, token, options)) {
    return MakeRefusal(v1::REASON_TOO_MANY_FAILURES,
                       "too many tokens that are not genuine came over this connection; slow down");
  }
  absl::StatusOr<VerifiedTokenCache::Result> verified = cache_.Verify(trust_, token, options);
  if (!verified.ok() && GetTokenError(verified.status()) == TokenError::kSignatureInvalid) {
    budget_.Spend(call.connection, call.now);
  }
  return verified;
}

absl::StatusOr<Principal> Authenticator::Recall(absl::Span<const CredentialShape* const> shapes,
                                                absl::Span<const MetadataEntry> metadata) {
  struct Candidate {
    const CredentialShape* shape;
    absl::string_view token;
  };
  absl::InlinedVector<Candidate, 4> candidates;
  for (const CredentialShape* shape : shapes) {
    if (!CarriesScheme(*shape, metadata)) continue;  // another kind of credential, for the handler's own use
    const UntrustedCredential credential = FindCredential(*shape, metadata);
    if (credential.form == Form::kAmbiguous) return Ambiguous();
    if (credential.form == Form::kOne) candidates.push_back({shape, credential.token});
  }
  absl::Status refusal;
  // What is cached first: looking there is cheap, a wrong assertion costs a signature.
  for (const bool only_cached : {true, false}) {
    for (const Candidate& candidate : candidates) {
      const CallAssertion assertion(*candidate.shape, metadata);
      if (assertion.ambiguous()) return Ambiguous();
      const VerifyOptions options = OptionsFor(*candidate.shape, assertion.bytes());
      if (only_cached && candidates.size() > 1 && !cache_.Contains(trust_, candidate.token, options)) continue;
      absl::StatusOr<VerifiedTokenCache::Result> verified = cache_.Verify(trust_, candidate.token, options);
      if (verified.ok()) return Principal(std::move(verified->token));
      refusal = RefusalFromTokenError(verified.status());
      if (GetTokenError(verified.status()) == TokenError::kRevoked) return refusal;
    }
    if (candidates.size() <= 1) break;
  }
  if (!refusal.ok()) return refusal;
  return Principal();
}

}  // namespace paseto::interceptor
