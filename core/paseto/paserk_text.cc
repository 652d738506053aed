#include "grpc_paseto/core/paseto/paserk_text.h"

#include <sodium.h>

#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/sodium_base64.h"

namespace paseto {
namespace {

constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

absl::Status WrongPaserkPrefixError(absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("PASERK: expected a text that begins with ", expected));
}

absl::Status WrongPaserkDataError(absl::string_view prefix, PaserkSize size) {
  const std::string to = size.min_bytes == size.max_bytes ? "" : absl::StrCat(" to ", size.max_bytes);
  return absl::InvalidArgumentError(
      absl::StrCat("PASERK ", prefix, ": expected the base64url of ", size.min_bytes, to, " bytes"));
}

SecretBytes EncodeSecretPaserk(absl::string_view prefix, const SecretBytes& key) {
  const absl::Span<const uint8_t> bytes = key.Read(InsecureSecretAccess::Get());
  PASETO_CHECK(!bytes.empty());                                                    // not moved from
  SecretBytes encoded = SecretBytes::Zeroed(PaserkEncodedSize(bytes.size()) + 1);  // libsodium ends it with a NUL
  char* encoded_text = reinterpret_cast<char*>(encoded.Write(InsecureSecretAccess::Get()).data());
  sodium_bin2base64(encoded_text, encoded.size(), bytes.data(), bytes.size(), kBase64);
  SecretBytes text = SecretBytes::Zeroed(prefix.size() + encoded.size() - 1);
  uint8_t* out = text.Write(InsecureSecretAccess::Get()).data();
  std::memcpy(out, prefix.data(), prefix.size());
  std::memcpy(out + prefix.size(), encoded_text, encoded.size() - 1);
  return text;
}

absl::StatusOr<SecretBytes> DecodeSecretPaserk(absl::string_view prefix, PaserkSize size, absl::string_view text) {
  if (!absl::StartsWith(text, prefix)) return WrongPaserkPrefixError(prefix);
  const absl::string_view data = text.substr(prefix.size());
  SecretBytes bytes = SecretBytes::Zeroed(size.max_bytes);
  const absl::optional<size_t> decoded = DecodeSodiumBase64(data, kBase64, bytes.Write(InsecureSecretAccess::Get()));
  if (!decoded.has_value() || !size.Allows(*decoded)) return WrongPaserkDataError(prefix, size);
  if (*decoded == bytes.size()) return bytes;
  return SecretBytes::CopyFrom(bytes.ReadText(InsecureSecretAccess::Get()).substr(0, *decoded));
}

std::string EncodePaserk(absl::string_view prefix, absl::string_view data) {
  return absl::StrCat(prefix, Base64UrlEncode(data));
}

absl::StatusOr<std::string> DecodePaserk(absl::string_view prefix, PaserkSize size, absl::string_view text) {
  if (!absl::StartsWith(text, prefix)) return WrongPaserkPrefixError(prefix);
  absl::StatusOr<std::string> data = Base64UrlDecode(text.substr(prefix.size()));
  if (!data.ok() || !size.Allows(data->size())) return WrongPaserkDataError(prefix, size);
  return data;
}

}  // namespace paseto
