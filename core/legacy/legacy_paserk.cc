#include "grpc_paseto/core/legacy/legacy_paserk.h"

#include <utility>

#include "grpc_paseto/core/paseto/paserk_id.h"
#include "grpc_paseto/core/paseto/paserk_text.h"

namespace paseto {
namespace {

template <typename Key>
absl::StatusOr<Key> ParseSecretText(absl::string_view prefix, absl::string_view text) {
  absl::StatusOr<SecretBytes> bytes = DecodeSecretPaserk(prefix, Key::kSizeBytes, text);
  if (!bytes.ok()) return bytes.status();
  return Key::FromBytes(*std::move(bytes));
}

// The text lives as long as its owner: in a call, until the call is over.
absl::string_view TextOf(const SecretBytes& text) { return text.ReadText(InsecureSecretAccess::Get()); }

}  // namespace

KeyId PaserkId(const V2LocalKey& key) {
  return PaserkIdMaker::WithBlake2b("k2.lid.", TextOf(PaserkEncode(key, InsecureSecretAccess::Get())));
}

KeyId PaserkId(const V2SecretKey& key) {
  return PaserkIdMaker::WithBlake2b("k2.sid.", TextOf(PaserkEncode(key, InsecureSecretAccess::Get())));
}

KeyId PaserkId(const V2PublicKey& key) { return PaserkIdMaker::WithBlake2b("k2.pid.", PaserkEncode(key)); }

KeyId PaserkId(const V1LocalKey& key) {
  return PaserkIdMaker::WithSha384("k1.lid.", TextOf(PaserkEncode(key, InsecureSecretAccess::Get())));
}

KeyId PaserkId(const V1SecretKey& key) {
  return PaserkIdMaker::WithSha384("k1.sid.", TextOf(PaserkEncode(key, InsecureSecretAccess::Get())));
}

KeyId PaserkId(const V1PublicKey& key) { return PaserkIdMaker::WithSha384("k1.pid.", PaserkEncode(key)); }

SecretBytes PaserkEncode(const V2LocalKey& key, InsecureSecretAccess) {
  return EncodeSecretPaserk("k2.local.", key.secret());
}

SecretBytes PaserkEncode(const V2SecretKey& key, InsecureSecretAccess) {
  return EncodeSecretPaserk("k2.secret.", key.secret());
}

std::string PaserkEncode(const V2PublicKey& key) { return EncodePaserk("k2.public.", key.bytes()); }

SecretBytes PaserkEncode(const V1LocalKey& key, InsecureSecretAccess) {
  return EncodeSecretPaserk("k1.local.", key.secret());
}

SecretBytes PaserkEncode(const V1SecretKey& key, InsecureSecretAccess) {
  return EncodeSecretPaserk("k1.secret.", key.secret());
}

std::string PaserkEncode(const V1PublicKey& key) { return EncodePaserk("k1.public.", key.der()); }

absl::StatusOr<V2LocalKey> ParsePaserkV2Local(absl::string_view text) {
  return ParseSecretText<V2LocalKey>("k2.local.", text);
}

absl::StatusOr<V2SecretKey> ParsePaserkV2Secret(absl::string_view text) {
  return ParseSecretText<V2SecretKey>("k2.secret.", text);
}

absl::StatusOr<V2PublicKey> ParsePaserkV2Public(absl::string_view text) {
  const absl::StatusOr<std::string> bytes = DecodePaserk("k2.public.", V2PublicKey::kSizeBytes, text);
  if (!bytes.ok()) return bytes.status();
  return V2PublicKey::FromBytes(*bytes);
}

absl::StatusOr<V1LocalKey> ParsePaserkV1Local(absl::string_view text) {
  return ParseSecretText<V1LocalKey>("k1.local.", text);
}

absl::StatusOr<V1SecretKey> ParsePaserkV1Secret(absl::string_view text) {
  const absl::StatusOr<SecretBytes> der = DecodeSecretPaserk("k1.secret.", kV1SecretDerBytes, text);
  if (!der.ok()) return der.status();
  return V1SecretKey::FromDer(*der);
}

absl::StatusOr<V1PublicKey> ParsePaserkV1Public(absl::string_view text) {
  const absl::StatusOr<std::string> der = DecodePaserk("k1.public.", kV1PublicDerBytes, text);
  if (!der.ok()) return der.status();
  return V1PublicKey::FromDer(*der);
}

}  // namespace paseto
