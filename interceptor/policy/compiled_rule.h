// CompiledRule: one paseto.v1.AuthRule with every default filled in, checked, and ready to judge calls.
//
// Threads: immutable once compiled.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_COMPILED_RULE_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_COMPILED_RULE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/key.h"
#include "grpc_paseto/core/token/validator.h"
#include "paseto/v1/auth.pb.h"

namespace paseto::interceptor {

// What a server gives to rules that say nothing else.
struct RuleDefaults {
  std::string issuer;
  std::string audience;
  absl::Duration clock_skew = absl::ZeroDuration();
  absl::Duration max_token_age = absl::InfiniteDuration();  // since iat
};

// Where the implicit assertion of a token comes from.
struct AssertionSource {
  enum class Kind { kNone, kFixed, kMetadata, kAuthority, kCertificate };
  Kind kind = Kind::kNone;
  std::string value;  // kFixed: the assertion as it was signed; kMetadata: the key
  bool raw = false;   // kMetadata, kAuthority, kCertificate: the bytes are the assertion itself

  friend bool operator==(const AssertionSource&, const AssertionSource&) = default;
};

// Where a credential stands in the metadata of a call, and what decides whether it is genuine.
struct CredentialShape {
  std::string metadata_key;
  std::string scheme;  // lower case; empty: the value is the token alone
  bool base64_wrapped = false;
  bool accept_without_kid = false;
  std::vector<TokenKind> accept;
  std::vector<KeyUse> uses;
  AssertionSource assertion;

  friend bool operator==(const CredentialShape&, const CredentialShape&) = default;
};

// A claim that the handler sees as metadata.
struct ForwardedClaim {
  std::string metadata_key;
  std::string claim;
};

struct CompiledRule {
  v1::AuthRule::Mode mode = v1::AuthRule::MODE_REQUIRED;  // never MODE_UNSPECIFIED
  CredentialShape shape;
  Validator validator;
  Validator renewal_validator;     // for tokens that renew a stream: they need not be fresh
  bool judged_by_handler = false;  // of StreamAuthorization: the gate lets the call pass as it is
  bool allow_stale_trust = false;
  bool for_clients = false;  // of type "client": a connection may name the caller, too
  v1::AuthRule::CertificateBinding certificate_binding =
      v1::AuthRule::CERTIFICATE_BINDING_CHECKED;  // never unspecified
  bool strip_credential = false;
  std::vector<ForwardedClaim> forwarded_claims;
  absl::Duration clock_skew;                                  // of the validator
  absl::Duration stream_grace = absl::ZeroDuration();         // after the expiry of the token
  absl::Duration stream_lifetime = absl::InfiniteDuration();  // from the start of the stream

  // True when the handler is to see other metadata than what came.
  bool changes_metadata() const { return strip_credential || !forwarded_claims.empty(); }
};

// What is known of the method that a rule is for.
enum class MethodKind {
  kUnary,
  kStreaming,
  kUnknown,  // several methods, or one without a descriptor
};

// Errors: INVALID_ARGUMENT naming every field that is wrong or contradicts another, and what is allowed.
absl::StatusOr<CompiledRule> CompileRule(const v1::AuthRule& rule, MethodKind kind, const RuleDefaults& defaults);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_COMPILED_RULE_H_
