// PASERK type seal of versions 2 and 1: a local key encrypted to a public key (PASERK "PKE").
//
// Version 2 is as paserk_seal.h does it. Version 1 is RSA-KEM under a key of 4096 bits, which is of a type of its own:
// none of 2048 bits, which sign, can unseal. Anyone can seal to a public key, so an unsealed key proves nothing about
// who made it.
#ifndef GRPC_PASETO_CORE_LEGACY_LEGACY_SEAL_H_
#define GRPC_PASETO_CORE_LEGACY_LEGACY_SEAL_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/legacy/legacy_writing.h"
#include "grpc_paseto/core/legacy/v1_local.h"
#include "grpc_paseto/core/legacy/v2_local.h"
#include "grpc_paseto/core/legacy/v2_public.h"

struct evp_pkey_st;

namespace paseto {

// RSA keys of 4096 bits with the exponent 65537, from PEM.
// Errors: INVALID_ARGUMENT, never with key text in it, for anything but such a key.
class V1SealingPublicKey {
 public:
  static absl::StatusOr<V1SealingPublicKey> FromPem(absl::string_view pem);

 private:
  friend absl::StatusOr<std::string> LegacyPaserkSeal(const V1SealingPublicKey&, const V1LocalKey&, LegacyWriting);
  explicit V1SealingPublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

class V1SealingSecretKey {
 public:
  static absl::StatusOr<V1SealingSecretKey> FromPem(absl::string_view pem);

 private:
  friend absl::StatusOr<V1LocalKey> LegacyPaserkUnseal(const V1SealingSecretKey&, absl::string_view);
  explicit V1SealingSecretKey(std::shared_ptr<evp_pkey_st> pair) : pair_(std::move(pair)) {}
  std::shared_ptr<evp_pkey_st> pair_;
};

// Errors: INVALID_ARGUMENT when `text` is of another version, type or size; UNAUTHENTICATED when the tag differs. The
// tag is compared, in constant time, before anything is decrypted.
absl::StatusOr<V2LocalKey> LegacyPaserkUnseal(const V2SecretKey& recipient, absl::string_view text);
absl::StatusOr<V1LocalKey> LegacyPaserkUnseal(const V1SealingSecretKey& recipient, absl::string_view text);

// "k2.seal." and "k1.seal.". Errors: INVALID_ARGUMENT when `recipient` is no point of the curve's main subgroup.
absl::StatusOr<std::string> LegacyPaserkSeal(const V2PublicKey& recipient, const V2LocalKey& key, LegacyWriting);
absl::StatusOr<std::string> LegacyPaserkSeal(const V1SealingPublicKey& recipient, const V1LocalKey& key, LegacyWriting);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_LEGACY_SEAL_H_
