#include "grpc_paseto/core/legacy/v1_local.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/legacy/testing/fixed_randomness.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/wiped_bytes.h"

namespace paseto {
namespace {

constexpr size_t kNonceBytes = 32;
constexpr size_t kSaltBytes = 16;  // the left half of the nonce; the right one is the counter of AES
constexpr size_t kTagBytes = 48;

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

void HmacSha384(absl::string_view key, absl::string_view message, uint8_t (&out)[kTagBytes]) {
  PASETO_CHECK(HMAC(EVP_sha384(), key.data(), static_cast<int>(key.size()), Bytes(message), message.size(), out,
                    nullptr) != nullptr);
}

// Ek and Ak of one token; wiped when they go.
class DerivedKeys {
 public:
  // Ek = HKDF-SHA384(key, info "paseto-encryption-key"), Ak = HKDF-SHA384(key, info "paseto-auth-key-for-aead"),
  // 32 bytes each, salted with the leftmost 16 bytes of n.
  DerivedKeys(const V1LocalKey& key, absl::string_view n) {
    Derive(key, n.substr(0, kSaltBytes), "paseto-encryption-key", ek_);
    Derive(key, n.substr(0, kSaltBytes), "paseto-auth-key-for-aead", ak_);
  }

  // AES-256-CTR with Ek and the rightmost 16 bytes of n, from `in` to as many bytes at `out`.
  void Xor(absl::string_view n, absl::string_view in, char* out) const {
    const EvpCipherCtxPtr context(EVP_CIPHER_CTX_new());
    int written = 0;
    PASETO_CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, ek_.data(),
                                    /*iv=*/Bytes(n) + kSaltBytes) == 1 &&
                 EVP_EncryptUpdate(context.get(), reinterpret_cast<uint8_t*>(out), &written, Bytes(in),
                                   static_cast<int>(in.size())) == 1 &&
                 static_cast<size_t>(written) == in.size());
  }
  // t = HMAC-SHA384(pre_auth), keyed with Ak.
  void Tag(absl::string_view pre_auth, uint8_t (&t)[kTagBytes]) const { HmacSha384(ak_.text(), pre_auth, t); }

 private:
  static void Derive(const V1LocalKey& key, absl::string_view salt, std::string info, WipedBytes<32>& out) {
    static EVP_KDF* const hkdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);  // for the life of the process
    const absl::Span<const uint8_t> k = key.secret().Read(InsecureSecretAccess::Get());
    PASETO_CHECK(hkdf != nullptr && k.size() == V1LocalKey::kSizeBytes);  // not moved from
    const EvpKdfCtxPtr context(EVP_KDF_CTX_new(hkdf));
    char digest[] = "SHA384";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<uint8_t*>(k.data()), k.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, const_cast<char*>(salt.data()), salt.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()), OSSL_PARAM_construct_end()};
    PASETO_CHECK(EVP_KDF_derive(context.get(), out.data(), out.size(), params) == 1);
  }

  WipedBytes<32> ek_;
  WipedBytes<32> ak_;
};

}  // namespace

V1LocalKey V1LocalKey::Generate(LegacyWriting) { return V1LocalKey(SecretBytes::Random(kSizeBytes)); }

absl::StatusOr<V1LocalKey> V1LocalKey::FromBytes(SecretBytes bytes) {
  if (bytes.size() != kSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("v1 local key: expected ", kSizeBytes, " bytes, got ", bytes.size()));
  }
  return V1LocalKey(std::move(bytes));
}

absl::StatusOr<std::string> V1LocalOpen(const V1LocalKey& key, const UntrustedToken& token) {
  // 1. The key is for v1.local: its type says so.
  // 2. The footer is authenticated below; what it has to be is the caller's concern.
  const absl::string_view f = token.untrusted_footer();
  // 3. The token begins with h.
  if (token.untrusted_kind() != kV1Local) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a v1.local token, got ", TokenKindName(token.untrusted_kind())));
  }
  const absl::string_view h = TokenHeader(kV1Local);
  // 4. n is the leftmost 32 bytes, t the rightmost 48, c what is between them.
  const absl::string_view body = token.untrusted_body();
  if (body.size() < kNonceBytes + kTagBytes) {
    return absl::InvalidArgumentError("v1.local: body shorter than a nonce and a tag");
  }
  const absl::string_view n = body.substr(0, kNonceBytes);
  const absl::string_view c = body.substr(kNonceBytes, body.size() - kNonceBytes - kTagBytes);
  const absl::string_view t = body.substr(kNonceBytes + c.size());
  // 5. Split the key into Ek and Ak.
  const DerivedKeys keys(key, n);
  // 6. Pack h, n, c and f.
  const std::string pre_auth = Pae({h, n, c, f});
  // 7. Calculate the tag again.
  uint8_t t2[kTagBytes];
  keys.Tag(pre_auth, t2);
  // 8. Compare in constant time, before anything is decrypted.
  if (sodium_memcmp(t.data(), t2, kTagBytes) != 0) {
    return absl::UnauthenticatedError("v1.local: the tag does not match the key and footer");
  }
  // 9. Decrypt c.
  std::string p(c.size(), '\0');
  keys.Xor(n, c, p.data());
  return p;
}

std::string V1LocalSeal(const V1LocalKey& key, absl::string_view message, absl::string_view footer, LegacyWriting) {
  // 3. 32 bytes from the system's random source. The other steps stand below.
  char random[kNonceBytes];
  randombytes_buf(random, sizeof(random));
  return testing_only::V1LocalSealWithRandom(key, message, footer, {random, sizeof(random)});
}

namespace testing_only {

std::string V1LocalSealWithRandom(const V1LocalKey& key, absl::string_view message, absl::string_view footer,
                                  absl::string_view random) {
  // 1. The key is for v1.local: its type says so.
  // 2. Set h.
  const absl::string_view h = TokenHeader(kV1Local);
  // 3. The random bytes are given.
  PASETO_CHECK(random.size() == kNonceBytes);
  // 4. n = the leftmost 32 bytes of HMAC-SHA384(message), keyed with them ("GetNonce").
  uint8_t hash[kTagBytes];
  HmacSha384(random, message, hash);
  std::string body(kNonceBytes + message.size() + kTagBytes, '\0');  // n || c || t
  std::memcpy(body.data(), hash, kNonceBytes);
  const absl::string_view n = absl::string_view(body).substr(0, kNonceBytes);
  const absl::string_view c = absl::string_view(body).substr(kNonceBytes, message.size());
  // 5. Split the key into Ek and Ak.
  const DerivedKeys keys(key, n);
  // 6. Encrypt the message.
  keys.Xor(n, message, body.data() + kNonceBytes);
  // 7. Pack h, n, c and f.
  const std::string pre_auth = Pae({h, n, c, footer});
  // 8. Calculate the tag.
  uint8_t t[kTagBytes];
  keys.Tag(pre_auth, t);
  std::memcpy(body.data() + kNonceBytes + c.size(), t, kTagBytes);
  // 9. h || base64url(n || c || t), and the footer if there is one.
  return EncodeToken(kV1Local, body, footer);
}

}  // namespace testing_only
}  // namespace paseto
