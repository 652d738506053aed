#include "grpc_paseto/core/paseto/pem.h"

#include <openssl/core_names.h>
#include <sodium.h>

#include <utility>

#include "absl/status/status.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/core/paseto/pem_block.h"
#include "grpc_paseto/core/paseto/wiped_bytes.h"

namespace paseto {

// The OpenSSL objects inside keys of version 3.
class V3PemAccess {
 public:
  static EVP_PKEY* Pair(const V3SecretKey& key) { return key.pair_.get(); }
  static EVP_PKEY* Point(const V3PublicKey& key) { return key.point_.get(); }
};

namespace {

bool IsP384(const EVP_PKEY* key) {
  char group[32];
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr) == 1 &&
         absl::string_view(group) == "secp384r1";
}

// The point, compressed; empty when the key is none of P-384 or its point is not on the curve.
std::string CompressedPoint(const EVP_PKEY* key) {
  if (!IsP384(key)) return std::string();
  BIGNUM *x = nullptr, *y = nullptr;
  const bool has_point = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
                         EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1;
  const BignumPtr own_x(x), own_y(y);
  const EcGroupPtr group(EC_GROUP_new_by_curve_name(NID_secp384r1));
  const EcPointPtr point(EC_POINT_new(group.get()));
  std::string bytes(V3PublicKey::kSizeBytes, '\0');
  if (!has_point || EC_POINT_set_affine_coordinates(group.get(), point.get(), x, y, nullptr) != 1 ||
      EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_COMPRESSED,
                         reinterpret_cast<uint8_t*>(bytes.data()), bytes.size(), nullptr) != bytes.size()) {
    return std::string();
  }
  return bytes;
}

}  // namespace

absl::StatusOr<V4SecretKey> ParsePemV4Secret(absl::string_view pem) {
  const EvpPkeyPtr key = ReadSecretPem(pem);
  WipedBytes<crypto_sign_SEEDBYTES> seed;
  size_t size = seed.size();
  if (key == nullptr || EVP_PKEY_is_a(key.get(), "ED25519") != 1 ||
      EVP_PKEY_get_raw_private_key(key.get(), seed.data(), &size) != 1 || size != seed.size()) {
    return WrongPemError("an Ed25519 private key");
  }
  SecretBytes bytes = SecretBytes::Zeroed(V4SecretKey::kSizeBytes);
  uint8_t public_half[crypto_sign_PUBLICKEYBYTES];
  crypto_sign_seed_keypair(public_half, bytes.Write(InsecureSecretAccess::Get()).data(), seed.data());
  return V4SecretKey::FromBytes(std::move(bytes));
}

absl::StatusOr<V4PublicKey> ParsePemV4Public(absl::string_view pem) {
  const EvpPkeyPtr key = ReadPublicPem(pem);
  std::string bytes(V4PublicKey::kSizeBytes, '\0');
  size_t size = bytes.size();
  if (key == nullptr || EVP_PKEY_is_a(key.get(), "ED25519") != 1 ||
      EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<uint8_t*>(bytes.data()), &size) != 1 ||
      size != bytes.size()) {
    return WrongPemError("an Ed25519 public key");
  }
  absl::StatusOr<V4PublicKey> parsed = V4PublicKey::FromBytes(bytes);
  if (parsed.ok() && !parsed->is_valid_point()) return WrongPemError("a point of Ed25519's main subgroup");
  return parsed;
}

absl::StatusOr<V3SecretKey> ParsePemV3Secret(absl::string_view pem) {
  const EvpPkeyPtr key = ReadSecretPem(pem);
  BIGNUM* scalar = nullptr;
  const bool has_scalar =
      key != nullptr && IsP384(key.get()) && EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1;
  const BignumPtr own_scalar(scalar);
  SecretBytes bytes = SecretBytes::Zeroed(V3SecretKey::kSizeBytes);
  if (!has_scalar || BN_bn2binpad(scalar, bytes.Write(InsecureSecretAccess::Get()).data(), V3SecretKey::kSizeBytes) !=
                         static_cast<int>(V3SecretKey::kSizeBytes)) {
    return WrongPemError("a P-384 private key");
  }
  absl::StatusOr<V3SecretKey> parsed = V3SecretKey::FromBytes(std::move(bytes));
  if (!parsed.ok()) return parsed.status();
  const absl::StatusOr<V3PublicKey> half = parsed->public_key();
  if (!half.ok()) return half.status();
  // A public half may stand in the PEM too.
  if (CompressedPoint(key.get()) != half->bytes()) return WrongPemError("a P-384 private key and its own public half");
  return parsed;
}

absl::StatusOr<V3PublicKey> ParsePemV3Public(absl::string_view pem) {
  const EvpPkeyPtr key = ReadPublicPem(pem);
  const std::string point = key != nullptr ? CompressedPoint(key.get()) : std::string();
  if (point.empty()) return WrongPemError("a P-384 public key");
  return V3PublicKey::FromBytes(point);
}

SecretBytes PemEncode(const V4SecretKey& key, InsecureSecretAccess access) {
  PASETO_CHECK(key.secret().size() == V4SecretKey::kSizeBytes);  // not moved from
  const EvpPkeyPtr pair(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.secret().Read(access).data(), crypto_sign_SEEDBYTES));
  PASETO_CHECK(pair != nullptr);
  return WriteSecretPem(pair.get());
}

std::string PemEncode(const V4PublicKey& key) {
  const EvpPkeyPtr point(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const uint8_t*>(key.bytes().data()), key.bytes().size()));
  PASETO_CHECK(point != nullptr);
  return WritePublicPem(point.get());
}

absl::StatusOr<SecretBytes> PemEncode(const V3SecretKey& key, InsecureSecretAccess) {
  EVP_PKEY* pair = V3PemAccess::Pair(key);
  if (pair == nullptr) return absl::InvalidArgumentError("v3 secret key: the scalar is out of range");
  return WriteSecretPem(pair);
}

absl::StatusOr<std::string> PemEncode(const V3PublicKey& key) {
  EVP_PKEY* point = V3PemAccess::Point(key);
  if (point == nullptr) return absl::InvalidArgumentError("v3 public key: the bytes are no compressed point");
  return WritePublicPem(point);
}

}  // namespace paseto
