#include "grpc_paseto/core/paseto/paserk.h"

#include <sodium.h>

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/paseto/check.h"

namespace paseto {
namespace {

constexpr size_t kIdHashBytes = 33;
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

// The characters of base64url for `size` bytes, without padding.
constexpr size_t EncodedSize(size_t size) { return (size * 4 + 2) / 3; }

absl::Status WrongPrefixError(absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("PASERK: expected a text that begins with ", expected));
}

absl::Status WrongDataError(absl::string_view prefix, size_t size) {
  return absl::InvalidArgumentError(absl::StrCat("PASERK ", prefix, ": expected the base64url of ", size, " bytes"));
}

// prefix || base64url(key), by libsodium's constant-time codec and without a copy outside of guarded memory.
SecretBytes EncodeSecret(absl::string_view prefix, const SecretBytes& key) {
  const absl::Span<const uint8_t> bytes = key.Read(InsecureSecretAccess::Get());
  PASETO_CHECK(!bytes.empty());                                              // not moved from
  SecretBytes encoded = SecretBytes::Zeroed(EncodedSize(bytes.size()) + 1);  // libsodium ends it with a NUL
  char* encoded_text = reinterpret_cast<char*>(encoded.Write(InsecureSecretAccess::Get()).data());
  sodium_bin2base64(encoded_text, encoded.size(), bytes.data(), bytes.size(), kBase64);
  SecretBytes text = SecretBytes::Zeroed(prefix.size() + encoded.size() - 1);
  uint8_t* out = text.Write(InsecureSecretAccess::Get()).data();
  std::memcpy(out, prefix.data(), prefix.size());
  std::memcpy(out + prefix.size(), encoded_text, encoded.size() - 1);
  return text;
}

// The `size` bytes that `text` encodes after `prefix`.
absl::StatusOr<SecretBytes> DecodeSecret(absl::string_view prefix, size_t size, absl::string_view text) {
  if (!absl::StartsWith(text, prefix)) return WrongPrefixError(prefix);
  const absl::string_view data = text.substr(prefix.size());
  SecretBytes bytes = SecretBytes::Zeroed(size);
  size_t decoded = 0;
  // Without an end pointer, anything that is not strict base64url from end to end is an error.
  if (sodium_base642bin(bytes.Write(InsecureSecretAccess::Get()).data(), size, data.data(), data.size(),
                        /*ignore=*/nullptr, &decoded, /*b64_end=*/nullptr, kBase64) != 0 ||
      decoded != size) {
    return WrongDataError(prefix, size);
  }
  return bytes;
}

// prefix || base64url(BLAKE2b-33(prefix || paserk)) (PASERK "ID Operations").
std::string IdText(absl::string_view prefix, absl::string_view paserk) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, kIdHashBytes);
  crypto_generichash_update(&state, reinterpret_cast<const uint8_t*>(prefix.data()), prefix.size());
  crypto_generichash_update(&state, reinterpret_cast<const uint8_t*>(paserk.data()), paserk.size());
  uint8_t hash[kIdHashBytes];
  crypto_generichash_final(&state, hash, sizeof(hash));
  sodium_memzero(&state, sizeof(state));
  return absl::StrCat(prefix, Base64UrlEncode({reinterpret_cast<const char*>(hash), sizeof(hash)}));
}

}  // namespace

absl::StatusOr<KeyId> KeyId::Parse(absl::string_view text) {
  for (absl::string_view prefix : {"k4.lid.", "k4.sid.", "k4.pid."}) {
    if (!absl::StartsWith(text, prefix)) continue;
    const absl::string_view data = text.substr(prefix.size());
    if (data.size() != EncodedSize(kIdHashBytes) || !Base64UrlDecode(data).ok()) {
      return WrongDataError(prefix, kIdHashBytes);
    }
    return KeyId(std::string(text));
  }
  return WrongPrefixError("k4.lid., k4.sid. or k4.pid.");
}

KeyId PaserkId(const V4LocalKey& key) {
  const SecretBytes paserk = PaserkEncode(key, InsecureSecretAccess::Get());
  return KeyId(IdText("k4.lid.", paserk.ReadText(InsecureSecretAccess::Get())));
}

KeyId PaserkId(const V4SecretKey& key) {
  const SecretBytes paserk = PaserkEncode(key, InsecureSecretAccess::Get());
  return KeyId(IdText("k4.sid.", paserk.ReadText(InsecureSecretAccess::Get())));
}

KeyId PaserkId(const V4PublicKey& key) { return KeyId(IdText("k4.pid.", PaserkEncode(key))); }

SecretBytes PaserkEncode(const V4LocalKey& key, InsecureSecretAccess) {
  return EncodeSecret("k4.local.", key.secret());
}

SecretBytes PaserkEncode(const V4SecretKey& key, InsecureSecretAccess) {
  return EncodeSecret("k4.secret.", key.secret());
}

std::string PaserkEncode(const V4PublicKey& key) { return absl::StrCat("k4.public.", Base64UrlEncode(key.bytes())); }

absl::StatusOr<V4LocalKey> ParsePaserkV4Local(absl::string_view text) {
  absl::StatusOr<SecretBytes> bytes = DecodeSecret("k4.local.", V4LocalKey::kSizeBytes, text);
  if (!bytes.ok()) return bytes.status();
  return V4LocalKey::FromBytes(*std::move(bytes));
}

absl::StatusOr<V4SecretKey> ParsePaserkV4Secret(absl::string_view text) {
  absl::StatusOr<SecretBytes> bytes = DecodeSecret("k4.secret.", V4SecretKey::kSizeBytes, text);
  if (!bytes.ok()) return bytes.status();
  return V4SecretKey::FromBytes(*std::move(bytes));
}

absl::StatusOr<V4PublicKey> ParsePaserkV4Public(absl::string_view text) {
  constexpr absl::string_view kPrefix = "k4.public.";
  if (!absl::StartsWith(text, kPrefix)) return WrongPrefixError(kPrefix);
  const absl::StatusOr<std::string> bytes = Base64UrlDecode(text.substr(kPrefix.size()));
  if (!bytes.ok() || bytes->size() != V4PublicKey::kSizeBytes) return WrongDataError(kPrefix, V4PublicKey::kSizeBytes);
  return V4PublicKey::FromBytes(*bytes);
}

}  // namespace paseto
