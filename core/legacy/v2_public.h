// v2.public: Ed25519 over PAE(header, message, footer) (PASETO Version 2, "Sign" and "Verify").
//
// Deprecated: for tokens that others still send. There are no implicit assertions in this version. The keys have the
// form of version 4's and are another type for all that: no key may serve two versions (PASETO "Algorithm Lucidity").
//
// Threads: keys are immutable; all functions may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_LEGACY_V2_PUBLIC_H_
#define GRPC_PASETO_CORE_LEGACY_V2_PUBLIC_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/legacy/legacy_writing.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/paseto/v4_public.h"

namespace paseto {

class V2PublicKey {
 public:
  static constexpr size_t kSizeBytes = V4PublicKey::kSizeBytes;
  // Any 32 bytes: those that are no point of the main subgroup are a key too, but one that verifies nothing.
  // Errors: INVALID_ARGUMENT for another size. Cost: about one verification.
  static absl::StatusOr<V2PublicKey> FromBytes(absl::string_view bytes);
  absl::string_view bytes() const { return ed25519_.bytes(); }
  bool is_valid_point() const { return ed25519_.is_valid_point(); }
  friend bool operator==(const V2PublicKey&, const V2PublicKey&) = default;

 private:
  friend class V2SecretKey;
  explicit V2PublicKey(const V4PublicKey& ed25519) : ed25519_(ed25519) {}
  V4PublicKey ed25519_;
};

class V2SecretKey {
 public:
  static constexpr size_t kSizeBytes = V4SecretKey::kSizeBytes;
  static V2SecretKey Generate(LegacyWriting);
  // `bytes` is seed || public half, which is derived again and compared.
  // Errors: INVALID_ARGUMENT for another size or a wrong public half.
  static absl::StatusOr<V2SecretKey> FromBytes(SecretBytes bytes);

  V2PublicKey public_key() const { return V2PublicKey(ed25519_.public_key()); }
  const SecretBytes& secret() const { return ed25519_.secret(); }

 private:
  explicit V2SecretKey(V4SecretKey ed25519) : ed25519_(std::move(ed25519)) {}
  V4SecretKey ed25519_;
};

// The message of `token` when its signature is good for `key`. The view points into `token`.
// Errors: INVALID_ARGUMENT when the token is not v2.public or its body is too short; UNAUTHENTICATED when the signature
// does not match or the key is not a point of the main subgroup.
absl::StatusOr<absl::string_view> V2PublicVerify(const V2PublicKey& key, const UntrustedToken& token);

// The token text for `message`; `footer` travels in clear.
std::string V2PublicSign(const V2SecretKey& key, absl::string_view message, absl::string_view footer, LegacyWriting);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_V2_PUBLIC_H_
