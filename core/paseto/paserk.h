// PASERK: the text forms and ids of keys (PASERK types local, secret, public, lid, sid, pid; versions k4 and k3).
//
// Parsing checks version, type, prefix and exact size. A public key is not checked to be a point here; verification
// does. Wrapped, password-protected and sealed keys are in paserk_wrap.h, paserk_password.h and paserk_seal.h.
#ifndef GRPC_PASETO_CORE_PASETO_PASERK_H_
#define GRPC_PASETO_CORE_PASETO_PASERK_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"

namespace paseto {

// The PASERK id of a key: "k4.lid.", "k4.sid.", "k4.pid." or the same of k3, and 44 characters. Safe to print.
class KeyId {
 public:
  KeyId() = default;  // no id; never equal to the id of a key
  // Errors: INVALID_ARGUMENT for anything but a well-formed PASERK id of k4 or k3.
  static absl::StatusOr<KeyId> Parse(absl::string_view text);
  // The same of k2 and k1, for keys of versions 2 and 1 (core/legacy).
  static absl::StatusOr<KeyId> ParseLegacy(absl::string_view text);
  const std::string& text() const { return text_; }

  friend bool operator==(const KeyId&, const KeyId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const KeyId& id) {
    return H::combine(std::move(h), id.text_);
  }

 private:
  explicit KeyId(std::string text) : text_(std::move(text)) {}
  friend class PaserkIdMaker;  // of the .cc files that compute ids
  std::string text_;
};

KeyId PaserkId(const V4LocalKey& key);   // k4.lid.
KeyId PaserkId(const V4SecretKey& key);  // k4.sid.
KeyId PaserkId(const V4PublicKey& key);  // k4.pid.
KeyId PaserkId(const V3LocalKey& key);   // k3.lid.
KeyId PaserkId(const V3SecretKey& key);  // k3.sid.
KeyId PaserkId(const V3PublicKey& key);  // k3.pid.

// Texts of secret keys are secret themselves, so they stay in guarded memory.
SecretBytes PaserkEncode(const V4LocalKey& key, InsecureSecretAccess);   // k4.local.
SecretBytes PaserkEncode(const V4SecretKey& key, InsecureSecretAccess);  // k4.secret.
std::string PaserkEncode(const V4PublicKey& key);                        // k4.public.
SecretBytes PaserkEncode(const V3LocalKey& key, InsecureSecretAccess);   // k3.local.
SecretBytes PaserkEncode(const V3SecretKey& key, InsecureSecretAccess);  // k3.secret.
std::string PaserkEncode(const V3PublicKey& key);                        // k3.public.

// Errors: INVALID_ARGUMENT, never with key bytes in it.
absl::StatusOr<V4LocalKey> ParsePaserkV4Local(absl::string_view text);
absl::StatusOr<V4SecretKey> ParsePaserkV4Secret(absl::string_view text);
absl::StatusOr<V4PublicKey> ParsePaserkV4Public(absl::string_view text);
absl::StatusOr<V3LocalKey> ParsePaserkV3Local(absl::string_view text);
absl::StatusOr<V3SecretKey> ParsePaserkV3Secret(absl::string_view text);
absl::StatusOr<V3PublicKey> ParsePaserkV3Public(absl::string_view text);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PASERK_H_
