#include "grpc_paseto/core/paseto/paserk.h"

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

template <typename Key>
absl::StatusOr<Key> ParsePublicText(absl::string_view prefix, absl::string_view text) {
  const absl::StatusOr<std::string> bytes = DecodePaserk(prefix, Key::kSizeBytes, text);
  if (!bytes.ok()) return bytes.status();
  return Key::FromBytes(*bytes);
}

// The text lives as long as its owner: in a call, until the call is over.
absl::string_view TextOf(const SecretBytes& text) { return text.ReadText(InsecureSecretAccess::Get()); }

}  // namespace

KeyId PaserkId(const V4LocalKey& key) {
  return PaserkIdMaker::WithBlake2b("k4.lid.", TextOf(PaserkEncode(key, InsecureSecretAccess::Get())));
}

KeyId PaserkId(const V4SecretKey& key) {
  return PaserkIdMaker::WithBlake2b("k4.sid.", TextOf(PaserkEncode(key, InsecureSecretAccess::Get())));
}

KeyId PaserkId(const V4PublicKey& key) { return PaserkIdMaker::WithBlake2b("k4.pid.", PaserkEncode(key)); }

KeyId PaserkId(const V3LocalKey& key) {
  return PaserkIdMaker::WithSha384("k3.lid.", TextOf(PaserkEncode(key, InsecureSecretAccess::Get())));
}

KeyId PaserkId(const V3SecretKey& key) {
  return PaserkIdMaker::WithSha384("k3.sid.", TextOf(PaserkEncode(key, InsecureSecretAccess::Get())));
}

KeyId PaserkId(const V3PublicKey& key) { return PaserkIdMaker::WithSha384("k3.pid.", PaserkEncode(key)); }

SecretBytes PaserkEncode(const V4LocalKey& key, InsecureSecretAccess) {
  return EncodeSecretPaserk("k4.local.", key.secret());
}

SecretBytes PaserkEncode(const V4SecretKey& key, InsecureSecretAccess) {
  return EncodeSecretPaserk("k4.secret.", key.secret());
}

std::string PaserkEncode(const V4PublicKey& key) { return EncodePaserk("k4.public.", key.bytes()); }

SecretBytes PaserkEncode(const V3LocalKey& key, InsecureSecretAccess) {
  return EncodeSecretPaserk("k3.local.", key.secret());
}

SecretBytes PaserkEncode(const V3SecretKey& key, InsecureSecretAccess) {
  return EncodeSecretPaserk("k3.secret.", key.secret());
}

std::string PaserkEncode(const V3PublicKey& key) { return EncodePaserk("k3.public.", key.bytes()); }

absl::StatusOr<V4LocalKey> ParsePaserkV4Local(absl::string_view text) {
  return ParseSecretText<V4LocalKey>("k4.local.", text);
}

absl::StatusOr<V4SecretKey> ParsePaserkV4Secret(absl::string_view text) {
  return ParseSecretText<V4SecretKey>("k4.secret.", text);
}

absl::StatusOr<V4PublicKey> ParsePaserkV4Public(absl::string_view text) {
  return ParsePublicText<V4PublicKey>("k4.public.", text);
}

absl::StatusOr<V3LocalKey> ParsePaserkV3Local(absl::string_view text) {
  return ParseSecretText<V3LocalKey>("k3.local.", text);
}

absl::StatusOr<V3SecretKey> ParsePaserkV3Secret(absl::string_view text) {
  return ParseSecretText<V3SecretKey>("k3.secret.", text);
}

absl::StatusOr<V3PublicKey> ParsePaserkV3Public(absl::string_view text) {
  return ParsePublicText<V3PublicKey>("k3.public.", text);
}

}  // namespace paseto
