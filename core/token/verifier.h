// VerifyToken: token text in, a VerifiedToken out. Trust is in the type: nothing else makes one.
#ifndef GRPC_PASETO_CORE_TOKEN_VERIFIER_H_
#define GRPC_PASETO_CORE_TOKEN_VERIFIER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/core/token/key_set.h"

namespace paseto {

// A token whose bytes are genuine under one of our keys.
// Guarantees: signature or tag, strict payload and footer, a key that was not revoked when it was verified.
// Does not: say that it is in its time, meant for you, of the right type, or not revoked. Validator and RevocationSet
// do.
class VerifiedToken {
 public:
  TokenKind kind() const { return kind_; }
  const Claims& claims() const { return claims_; }
  const std::string& footer() const { return footer_; }  // the footer's bytes as they came
  const KeyId& key_id() const { return key_id_; }        // the key that verified it
  KeyUse key_use() const { return key_use_; }

 private:
  friend absl::StatusOr<std::shared_ptr<const VerifiedToken>> VerifyToken(const KeySet&, absl::string_view,
                                                                          const struct VerifyOptions&);
  VerifiedToken() = default;
  TokenKind kind_;
  Claims claims_;
  std::string footer_;
  KeyId key_id_;
  KeyUse key_use_ = KeyUse::kAccess;
};

struct VerifyOptions {
  absl::Span<const TokenKind> accept = {};    // the accepted kinds; empty accepts nothing
  absl::Span<const KeyUse> uses = {};         // the accepted uses of keys; empty accepts nothing
  absl::string_view implicit_assertion = {};  // must equal what was signed
  bool accept_without_kid = false;            // try keys when the token names none
  bool base64_wrapped = false;                // the text is wrapped once more in base64 (standard alphabet)
};

// How many keys are tried for a token without kid: active ones first, then retired, then announced.
inline constexpr int kMaxKeysTried = 4;

// Order: form, accepted kind, key id to key (an unknown id fails closed), accepted use, signature or tag, payload,
// type. The type claim must fit the key's use (type_use.h): no access key makes a refresh or client token, however
// genuine. Errors: UNAUTHENTICATED with TokenError kMalformed (form, footer, payload, or a type that the key may not
// make), kNotAccepted (the kind, or the use of the key that the token names), kKeyUnknown or kSignatureInvalid.
absl::StatusOr<std::shared_ptr<const VerifiedToken>> VerifyToken(const KeySet& keys, absl::string_view text,
                                                                 const VerifyOptions& options);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_VERIFIER_H_
