#include "grpc_paseto/interceptor/policy/authenticator.h"

#include <functional>
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

// RFC 8705 section 3: a bound token is good only over a connection whose client proved that certificate.
absl::Status CheckCertificate(const CompiledRule& rule, const Claims& claims, const Connection& connection) {
  using Rule = v1::AuthRule;
  if (rule.certificate_binding == Rule::CERTIFICATE_BINDING_IGNORED) return absl::OkStatus();
  const std::string& bound_to = claims.certificate_thumbprint_sha256;
  if (bound_to.empty()) {
    if (rule.certificate_binding != Rule::CERTIFICATE_BINDING_REQUIRED) return absl::OkStatus();
    return MakeRefusal(v1::REASON_NOT_BOUND,
                       "this method needs a token that is bound to the certificate of its connection");
  }
  if (bound_to == connection.certificate_sha256) return absl::OkStatus();
  return MakeRefusal(v1::REASON_CERTIFICATE_MISMATCH,
                     "the token is bound to another client certificate than that of this connection");
}

absl::Status CertificateMissing() {
  return MakeRefusal(v1::REASON_CERTIFICATE_MISMATCH,
                     "this method needs a token made for the certificate of its connection, which has none");
}

// True when the assertion is that of a certificate and the client showed none.
bool LacksCertificate(const CredentialShape& shape, const Connection& connection) {
  return shape.assertion.kind == AssertionSource::Kind::kCertificate && connection.certificate_sha256.empty();
}

// Who calls a method that is for clients: the token's client must be that of the connection, if that names one.
absl::Status CheckClient(const CompiledRule& rule, const Claims& claims, const Connection& connection) {
  if (!rule.for_clients || connection.client.empty() || claims.client_id.text() == connection.client) {
    return absl::OkStatus();
  }
  return MakeRefusal(v1::REASON_CALLER_AMBIGUOUS,
                     "the client token names another client than the connection does; send none, or the client's own");
}

absl::Status Ambiguous() {
  return MakeRefusal(v1::REASON_TOKEN_AMBIGUOUS, "more than one credential was sent; send exactly one");
}

absl::Status Malformed() {
  return MakeRefusal(v1::REASON_TOKEN_MALFORMED, "the credential does not have the form that this method expects");
}

absl::Status StaleTrust() {
  return MakeRefusal(v1::REASON_TRUST_STALE, "the keys and revocations of this server are too old; try again later");
}

// True when another issuer's keys may still verify what these did not.
bool MayBeAnothers(const absl::Status& refusal, const CredentialShape& shape) {
  const absl::optional<TokenError> error = GetTokenError(refusal);
  return error == TokenError::kKeyUnknown || (error == TokenError::kSignatureInvalid && shape.accept_without_kid);
}

}  // namespace

Authenticator::Authenticator(const Dependencies& dependencies, const Options& options)
    : more_issuers_(dependencies.more_issuers),
      cache_(dependencies.cache),
      max_staleness_(options.max_staleness),
      budget_(options.failed_signatures_per_second) {
  const auto add = [this](const TrustSource& source) {
    voices_.push_back({&source, {&source.keys(), &source.revocations()}});
  };
  add(dependencies.trust);
  for (const IssuerTrust& other : more_issuers_) add(*other.source);
}

absl::StatusOr<Authenticator::Decision> Authenticator::Authenticate(const CompiledRule& rule, const Call& call) {
  if (rule.mode == v1::AuthRule::MODE_PUBLIC) return Decision();
  if (rule.for_clients && call.connection.client_ambiguous) {
    return MakeRefusal(v1::REASON_CALLER_AMBIGUOUS, "the certificate of this connection names more than one client");
  }
  const UntrustedCredential credential = FindCredential(rule.shape, call.metadata);
  switch (credential.form) {
    case Form::kNone:
      if (rule.for_clients && !call.connection.client.empty())
        return Decision{.principal = Principal(), .by_connection = true};
      if (rule.mode != v1::AuthRule::MODE_REQUIRED) return Decision();
      return MakeRefusal(v1::REASON_TOKEN_MISSING, "this method needs a token and the call carries none");
    case Form::kMalformed:
      return Malformed();
    case Form::kAmbiguous:
      return Ambiguous();
    case Form::kOne:
      break;
  }
  return JudgeToken(rule, call, credential.token);
}

absl::StatusOr<Authenticator::Decision> Authenticator::JudgeToken(const CompiledRule& rule, const Call& call,
                                                                  absl::string_view token) {
  absl::StatusOr<Verified> verified = VerifyByAny(rule, call, token);
  if (!verified.ok()) {
    const Form form = FormOfRefused(token);
    if (form == Form::kOne) return ForgiveOrRefuse(rule, verified.status());
    return form == Form::kAmbiguous ? Ambiguous() : Malformed();
  }
  const Claims& claims = verified->result.token->claims();
  const absl::Status acceptable =
      (call.renews_stream ? rule.renewal_validator : rule.validator).Validate(claims, call.now);
  if (!acceptable.ok()) return ForgiveOrRefuse(rule, acceptable);
  absl::Status sender = CheckCertificate(rule, claims, call.connection);
  sender.Update(CheckClient(rule, claims, call.connection));
  if (!sender.ok()) return sender;
  Decision decision;
  decision.principal = Principal(std::move(verified->result.token));
  decision.was_cached = verified->result.was_cached;
  decision.used_stale_trust = verified->by_stale_trust;
  return decision;
}

absl::StatusOr<Authenticator::Verified> Authenticator::VerifyByAny(const CompiledRule& rule, const Call& call,
                                                                   absl::string_view token) {
  absl::Status refusal;
  bool any_left_out = false;
  for (const Voice& voice : voices_) {
    const absl::Duration age = voice.source->Age();
    const bool is_stale = age > max_staleness_;
    if (is_stale && (!rule.allow_stale_trust || age == absl::InfiniteDuration())) {
      any_left_out = true;
      continue;
    }
    absl::StatusOr<VerifiedTokenCache::Result> verified = Verify(voice, rule, call, token);
    if (verified.ok()) return Verified{*std::move(verified), is_stale};
    refusal = verified.status();
    if (!MayBeAnothers(refusal, rule.shape)) return refusal;
  }
  return any_left_out ? StaleTrust() : refusal;
}

absl::StatusOr<VerifiedTokenCache::Result> Authenticator::Confirmed(
    const Voice& voice, absl::StatusOr<VerifiedTokenCache::Result> verified) const {
  if (verified.ok() &&
      &TrustFor(verified->token->claims().issuer, *voices_.front().source, more_issuers_) != voice.source) {
    return MakeTokenError(TokenError::kWrongIssuer, "the key belongs to another issuer than the token names");
  }
  return verified;
}

absl::StatusOr<VerifiedTokenCache::Result> Authenticator::Verify(const Voice& voice, const CompiledRule& rule,
                                                                 const Call& call, absl::string_view token) {
  if (LacksCertificate(rule.shape, call.connection)) return CertificateMissing();
  const CallAssertion assertion(rule.shape, call.metadata, call.connection);
  if (assertion.ambiguous()) return Ambiguous();
  VerifyOptions options = OptionsFor(rule.shape, assertion.bytes());
  options.expired_before = call.now - rule.clock_skew;
  const std::function<absl::Status()> admit = [this, &call] {
    if (budget_.MayVerify(call.connection.id, call.now)) return absl::OkStatus();
    return MakeRefusal(v1::REASON_TOO_MANY_FAILURES,
                       "too many tokens that are not genuine came, and this one was not seen before; slow down");
  };
  options.admit_signature = &admit;
  absl::StatusOr<VerifiedTokenCache::Result> verified = cache_.Verify(voice.trust, token, options);
  if (!verified.ok() && GetTokenError(verified.status()) == TokenError::kSignatureInvalid) {
    budget_.Spend(call.connection.id, call.now);
  }
  return Confirmed(voice, std::move(verified));
}

absl::StatusOr<Principal> Authenticator::Recall(absl::Span<const CredentialShape* const> shapes,
                                                absl::Span<const MetadataEntry> metadata,
                                                const Connection& connection) {
  struct Candidate {
    const CredentialShape* shape;
    absl::string_view token;
  };
  absl::InlinedVector<Candidate, 4> candidates;
  absl::Status refusal;
  for (const CredentialShape* shape : shapes) {
    const UntrustedCredential credential = FindCredential(*shape, metadata);
    // Without the scheme it is another kind of credential, for the handler's own use.
    if (credential.form == Form::kAmbiguous && CarriesScheme(*shape, metadata)) return Ambiguous();
    if (credential.form != Form::kOne) continue;
    if (LacksCertificate(*shape, connection)) {
      refusal = CertificateMissing();
      continue;
    }
    candidates.push_back({shape, credential.token});
  }
  // What is cached first: looking there is cheap, a wrong assertion costs a signature.
  const bool is_choice = candidates.size() * voices_.size() > 1;
  for (const bool only_cached : {true, false}) {
    for (const Candidate& candidate : candidates) {
      const CallAssertion assertion(*candidate.shape, metadata, connection);
      if (assertion.ambiguous()) return Ambiguous();
      const VerifyOptions options = OptionsFor(*candidate.shape, assertion.bytes());
      for (const Voice& voice : voices_) {
        if (only_cached && is_choice && !cache_.Contains(voice.trust, candidate.token, options)) continue;
        absl::StatusOr<VerifiedTokenCache::Result> verified =
            Confirmed(voice, cache_.Verify(voice.trust, candidate.token, options));
        if (verified.ok()) return Principal(std::move(verified->token));
        const Form form = FormOfRefused(candidate.token);
        if (form == Form::kAmbiguous) return Ambiguous();
        if (form == Form::kMalformed) continue;
        const absl::optional<TokenError> error = GetTokenError(verified.status());
        if (refusal.ok() || error != TokenError::kKeyUnknown) refusal = RefusalFromTokenError(verified.status());
        if (error == TokenError::kRevoked) return refusal;
      }
    }
    if (!is_choice) break;
  }
  if (!refusal.ok()) return refusal;
  return Principal();
}

}  // namespace paseto::interceptor
