// Key: a PASETO key with what it is for (use) and where it stands in its life (state).
//
// Threads: immutable; copies share the key material.
#ifndef GRPC_PASETO_CORE_TOKEN_KEY_H_
#define GRPC_PASETO_CORE_TOKEN_KEY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/legacy/legacy_key.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"

namespace paseto {

// What the tokens under a key are. A token of one use never passes for another.
enum class KeyUse {
  kAccess,   // access tokens and custom types
  kRefresh,  // refresh tokens; never leaves the issuer
  kClient,   // client tokens; never leaves the issuer
  kForeign,  // tokens made by other software that the operator trusts
};

enum class KeyState {
  kAnnounced,  // published ahead of its use; verifies
  kActive,     // signs and verifies; at most one for each kind and use
  kRetired,    // verifies
  kRevoked,    // verifies nothing
};

absl::string_view KeyUseName(KeyUse use);        // "access", "refresh", "client", "foreign"
absl::string_view KeyStateName(KeyState state);  // "announced", "active", "retired", "revoked"
absl::StatusOr<KeyUse> ParseKeyUse(absl::string_view name);
absl::StatusOr<KeyState> ParseKeyState(absl::string_view name);

struct KeyAttributes {
  KeyUse use = KeyUse::kAccess;
  KeyState state = KeyState::kActive;
  // The rest is for kForeign only: what other software puts into its tokens.
  std::vector<std::string> foreign_claims = {};  // our own claims that are believed under this key
  bool integer_subject = false;  // sub may also be an integer from 0 to 2^53 - 1: the subject is its decimal text
  std::vector<std::string> aliases = {};  // what a footer may say as kid instead of the id
};

// Longest alias.
inline constexpr size_t kMaxAliasBytes = 255;

// What all tokens under a key have in common, kept once however many of them are remembered.
struct KeyLabel {
  KeyId id;
  KeyAttributes attributes;
  std::string footer;  // {"kid":"..."} with the id: the footer of a token that carries nothing else there
};

class Key {
 public:
  Key(V4LocalKey key, KeyAttributes attributes);
  Key(V4SecretKey key, KeyAttributes attributes);
  Key(V4PublicKey key, KeyAttributes attributes);
  Key(V3LocalKey key, KeyAttributes attributes);
  Key(V3PublicKey key, KeyAttributes attributes);
  // Of version 2 or 1: it reads and never signs.
  Key(LegacyKey key, KeyAttributes attributes);
  // Errors: INVALID_ARGUMENT when the scalar of `key` is out of range, so that it has no public half.
  static absl::StatusOr<Key> Create(V3SecretKey key, KeyAttributes attributes);

  TokenKind kind() const { return kind_; }
  const KeyAttributes& attributes() const { return label_->attributes; }
  // The id that tokens carry as kid: lid for a local key; pid for a secret or a public key.
  const KeyId& id() const { return label_->id; }
  const std::shared_ptr<const KeyLabel>& label() const { return label_; }

  // Null when this key is not of that type. A secret key gives its public half too.
  const V4LocalKey* v4_local() const;
  const V4SecretKey* v4_secret() const;
  const V4PublicKey* v4_public() const;
  const V3LocalKey* v3_local() const;
  const V3SecretKey* v3_secret() const;
  const V3PublicKey* v3_public() const;
  const LegacyKey* legacy() const { return legacy_.get(); }

  // OK when the attributes fit the key and each other. Errors: INVALID_ARGUMENT naming what is wrong: something that
  // only keys of the use foreign may have (foreign_claims, integer_subject, aliases, being of version 2 or 1), or an
  // alias that is not 1 to kMaxAliasBytes printable ASCII characters without '"' and '\', or looks like a PASERK text.
  absl::Status CheckAttributes() const;

  // The k4.local, k4.secret or k4.public text, or that of another version, of everything that this key holds.
  SecretBytes Paserk(InsecureSecretAccess) const;
  // The k4.public text, or that of another version; empty for a local key.
  std::string PublicPaserk() const;

  bool CanSign() const;    // holds secret material and is active
  bool CanVerify() const;  // is not revoked
  // The same key with other attributes; the material is shared.
  Key With(KeyAttributes attributes) const;
  // The public half, for publication; nullopt for a local key.
  absl::optional<Key> PublicHalf() const;

 private:
  Key() = default;
  TokenKind kind_;
  std::shared_ptr<const KeyLabel> label_;
  absl::optional<V4PublicKey> v4_public_;
  std::shared_ptr<const V4SecretKey> v4_secret_;
  std::shared_ptr<const V4LocalKey> v4_local_;
  absl::optional<V3PublicKey> v3_public_;
  std::shared_ptr<const V3SecretKey> v3_secret_;
  std::shared_ptr<const V3LocalKey> v3_local_;
  std::shared_ptr<const LegacyKey> legacy_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_KEY_H_
