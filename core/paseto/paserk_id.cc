#include "grpc_paseto/core/paseto/paserk_id.h"

#include <openssl/evp.h>
#include <sodium.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/core/paseto/paserk_text.h"

namespace paseto {
namespace {

constexpr size_t kIdHashBytes = 33;
constexpr absl::string_view kIdPrefixes[] = {"k4.lid.", "k4.sid.", "k4.pid.", "k3.lid.", "k3.sid.", "k3.pid."};
constexpr absl::string_view kLegacyIdPrefixes[] = {"k2.lid.", "k2.sid.", "k2.pid.", "k1.lid.", "k1.sid.", "k1.pid."};

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

std::string IdText(absl::string_view prefix, const uint8_t* hash) {
  return EncodePaserk(prefix, {reinterpret_cast<const char*>(hash), kIdHashBytes});
}

absl::Status CheckId(absl::Span<const absl::string_view> prefixes, absl::string_view versions, absl::string_view text) {
  for (absl::string_view prefix : prefixes) {
    if (!absl::StartsWith(text, prefix)) continue;
    const absl::string_view data = text.substr(prefix.size());
    const bool is_good = data.size() == PaserkEncodedSize(kIdHashBytes) && Base64UrlDecode(data).ok();
    return is_good ? absl::OkStatus() : WrongPaserkDataError(prefix, kIdHashBytes);
  }
  return WrongPaserkPrefixError(absl::StrCat("lid., sid. or pid. of ", versions));
}

}  // namespace

absl::StatusOr<KeyId> KeyId::Parse(absl::string_view text) {
  if (absl::Status status = CheckId(kIdPrefixes, "k4 or k3", text); !status.ok()) return status;
  return KeyId(std::string(text));
}

absl::StatusOr<KeyId> KeyId::ParseLegacy(absl::string_view text) {
  if (absl::Status status = CheckId(kLegacyIdPrefixes, "k2 or k1", text); !status.ok()) return status;
  return KeyId(std::string(text));
}

KeyId PaserkIdMaker::WithBlake2b(absl::string_view prefix, absl::string_view paserk) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, kIdHashBytes);
  crypto_generichash_update(&state, Bytes(prefix), prefix.size());
  crypto_generichash_update(&state, Bytes(paserk), paserk.size());
  uint8_t hash[kIdHashBytes];
  crypto_generichash_final(&state, hash, sizeof(hash));
  sodium_memzero(&state, sizeof(state));
  return KeyId(IdText(prefix, hash));
}

KeyId PaserkIdMaker::WithSha384(absl::string_view prefix, absl::string_view paserk) {
  const EvpMdCtxPtr context(EVP_MD_CTX_new());  // wiped when it goes
  uint8_t hash[48];
  PASETO_CHECK(EVP_DigestInit_ex(context.get(), EVP_sha384(), nullptr) == 1 &&
               EVP_DigestUpdate(context.get(), prefix.data(), prefix.size()) == 1 &&
               EVP_DigestUpdate(context.get(), paserk.data(), paserk.size()) == 1 &&
               EVP_DigestFinal_ex(context.get(), hash, nullptr) == 1);
  return KeyId(IdText(prefix, hash));
}

}  // namespace paseto
