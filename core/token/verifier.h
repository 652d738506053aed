// VerifyToken: token text in, a VerifiedToken out. Trust is in the type: nothing else makes one.
#ifndef GRPC_PASETO_CORE_TOKEN_VERIFIER_H_
#define GRPC_PASETO_CORE_TOKEN_VERIFIER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
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
  // The footer's bytes as they came.
  const std::string& footer() const { return other_footer_ != nullptr ? *other_footer_ : label_->footer; }
  const KeyLabel& key() const { return *label_; }  // of the key that verified it, as it was then
  const KeyId& key_id() const { return label_->id; }
  KeyUse key_use() const { return label_->attributes.use; }
  bool names_key() const { return names_key_; }  // the footer does

 private:
  friend class TokenVerification;
  VerifiedToken() = default;
  TokenKind kind_;
  bool names_key_ = false;
  std::shared_ptr<const KeyLabel> label_;
  std::unique_ptr<const std::string> other_footer_;  // null: the label's
  Claims claims_;
};

struct VerifyOptions {
  // The accepted kinds; empty accepts nothing. Of versions 2 and 1 only a token whose kind stands here is even parsed.
  absl::Span<const TokenKind> accept = {};
  absl::Span<const KeyUse> uses = {};         // the accepted uses of keys; empty accepts nothing
  absl::string_view implicit_assertion = {};  // must equal what was signed; versions 2 and 1 have none
  // The footer that the token must have, whole; compared in constant time. nullopt: any.
  absl::optional<absl::string_view> expected_footer = absl::nullopt;
  bool accept_without_kid = false;  // try keys when the token names none
  bool base64_wrapped = false;      // the text is wrapped once more in base64 (standard alphabet)
  // A public token whose payload says that it expired before this is refused without a look at its signature.
  absl::Time expired_before = absl::InfinitePast();
  // Asked right before a signature or tag is checked. An error is the result, and nothing is checked. Null: it may be.
  const std::function<absl::Status()>* admit_signature = nullptr;
};

// How many keys are tried for a token without kid: active ones first, then retired, then announced.
inline constexpr int kMaxKeysTried = 4;

// Order: form, accepted kind, expected footer, key id to key (an unknown id fails closed), accepted use, expiry and
// admission if they are asked for, signature or tag, payload, type. The type claim must fit the key's use (type_use.h):
// no access key makes a refresh or client token, however genuine. Errors: UNAUTHENTICATED with TokenError kMalformed
// (form, footer, payload, or a type that the key may not make), kNotAccepted (the kind, the footer, the use of the key
// that the token names, or an implicit assertion for a token of version 2 or 1), kKeyUnknown, kExpired (only for
// expired_before) or kSignatureInvalid.
absl::StatusOr<std::shared_ptr<const VerifiedToken>> VerifyToken(const KeySet& keys, absl::string_view text,
                                                                 const VerifyOptions& options);
// The same, for who keeps the token in an object of its own.
absl::StatusOr<VerifiedToken> VerifyTokenValue(const KeySet& keys, absl::string_view text,
                                               const VerifyOptions& options);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_VERIFIER_H_
