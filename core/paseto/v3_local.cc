#include "grpc_paseto/core/paseto/v3_local.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"

namespace paseto {
namespace {

constexpr size_t kNonceBytes = 32;
constexpr size_t kTagBytes = 48;

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }
uint8_t* Bytes(char* text) { return reinterpret_cast<uint8_t*>(text); }

// Ek, n2 and Ak of one token; wiped when they go.
class DerivedKeys {
 public:
  // tmp = HKDF-SHA384(key, info "paseto-encryption-key" || n), Ak = HKDF-SHA384(key, info "paseto-auth-key-for-aead" ||
  // n), 48 bytes each, without salt.
  DerivedKeys(const V3LocalKey& key, absl::string_view n) {
    Derive(key, absl::StrCat("paseto-encryption-key", n), tmp_);
    Derive(key, absl::StrCat("paseto-auth-key-for-aead", n), ak_);
  }
  DerivedKeys(const DerivedKeys&) = delete;
  DerivedKeys& operator=(const DerivedKeys&) = delete;
  ~DerivedKeys() {
    sodium_memzero(tmp_, sizeof(tmp_));
    sodium_memzero(ak_, sizeof(ak_));
  }

  // AES-256-CTR with Ek and n2, from `in` to as many bytes at `out`.
  void Xor(absl::string_view in, char* out) const {
    const EvpCipherCtxPtr context(EVP_CIPHER_CTX_new());
    int written = 0;
    PASETO_CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, /*key=*/tmp_, /*iv=*/tmp_ + kEkBytes) ==
                     1 &&
                 EVP_EncryptUpdate(context.get(), Bytes(out), &written, Bytes(in), static_cast<int>(in.size())) == 1 &&
                 static_cast<size_t>(written) == in.size());
  }
  // t = HMAC-SHA384(pre_auth), keyed with Ak.
  void Tag(absl::string_view pre_auth, uint8_t (&t)[kTagBytes]) const {
    PASETO_CHECK(HMAC(EVP_sha384(), ak_, sizeof(ak_), Bytes(pre_auth), pre_auth.size(), t, nullptr) != nullptr);
  }

 private:
  static constexpr size_t kEkBytes = 32;

  static void Derive(const V3LocalKey& key, std::string info, uint8_t (&out)[48]) {
    static EVP_KDF* const hkdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);  // for the life of the process
    const absl::Span<const uint8_t> k = key.secret().Read(InsecureSecretAccess::Get());
    PASETO_CHECK(hkdf != nullptr && k.size() == V3LocalKey::kSizeBytes);  // not moved from
    const EvpKdfCtxPtr context(EVP_KDF_CTX_new(hkdf));
    char digest[] = "SHA384";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<uint8_t*>(k.data()), k.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()), OSSL_PARAM_construct_end()};
    PASETO_CHECK(EVP_KDF_derive(context.get(), out, sizeof(out), params) == 1);
  }

  uint8_t tmp_[48];  // Ek || n2
  uint8_t ak_[48];
};

absl::Status WrongTagError() {
  return absl::UnauthenticatedError("v3.local: the tag does not match the key, footer and implicit assertion");
}

}  // namespace

V3LocalKey V3LocalKey::Generate() { return V3LocalKey(SecretBytes::Random(kSizeBytes)); }

absl::StatusOr<V3LocalKey> V3LocalKey::FromBytes(SecretBytes bytes) {
  if (bytes.size() != kSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("v3 local key: expected ", kSizeBytes, " bytes, got ", bytes.size()));
  }
  return V3LocalKey(std::move(bytes));
}

std::string V3LocalSeal(const V3LocalKey& key, absl::string_view message, absl::string_view footer,
                        absl::string_view implicit_assertion) {
  // 3. Generate n from the system's random source. The other steps stand below.
  char n[kNonceBytes];
  randombytes_buf(n, sizeof(n));
  return testing_only::V3LocalSealWithNonce(key, message, footer, implicit_assertion, {n, sizeof(n)});
}

absl::StatusOr<std::string> V3LocalOpen(const V3LocalKey& key, const UntrustedToken& token,
                                        absl::string_view implicit_assertion) {
  // 1. The key is for v3.local: its type says so.
  // 2. The footer is authenticated below; what it has to be is the caller's concern.
  const absl::string_view f = token.untrusted_footer();
  // 3. The token begins with h.
  if (token.untrusted_kind() != kV3Local) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a v3.local token, got ", TokenKindName(token.untrusted_kind())));
  }
  const absl::string_view h = TokenHeader(kV3Local);
  // 4. n is the leftmost 32 bytes, t the rightmost 48, c what is between them.
  const absl::string_view body = token.untrusted_body();
  if (body.size() < kNonceBytes + kTagBytes) {
    return absl::InvalidArgumentError("v3.local: body shorter than a nonce and a tag");
  }
  const absl::string_view n = body.substr(0, kNonceBytes);
  const absl::string_view c = body.substr(kNonceBytes, body.size() - kNonceBytes - kTagBytes);
  const absl::string_view t = body.substr(kNonceBytes + c.size());
  // 5. Split the key into Ek, n2 and Ak.
  const DerivedKeys keys(key, n);
  // 6. Pack h, n, c, f and i.
  const std::string pre_auth = Pae({h, n, c, f, implicit_assertion});
  // 7. Calculate the tag again.
  uint8_t t2[kTagBytes];
  keys.Tag(pre_auth, t2);
  // 8. Compare in constant time, before anything is decrypted.
  if (sodium_memcmp(t.data(), t2, kTagBytes) != 0) return WrongTagError();
  // 9. Decrypt c.
  std::string p(c.size(), '\0');
  keys.Xor(c, p.data());
  return p;
}

namespace testing_only {

std::string V3LocalSealWithNonce(const V3LocalKey& key, absl::string_view message, absl::string_view footer,
                                 absl::string_view implicit_assertion, absl::string_view nonce) {
  // 1. The key is for v3.local: its type says so.
  // 2. Set h.
  const absl::string_view h = TokenHeader(kV3Local);
  // 3. n is given.
  PASETO_CHECK(nonce.size() == kNonceBytes);
  std::string body(kNonceBytes + message.size() + kTagBytes, '\0');  // n || c || t
  std::memcpy(body.data(), nonce.data(), kNonceBytes);
  const absl::string_view n = absl::string_view(body).substr(0, kNonceBytes);
  const absl::string_view c = absl::string_view(body).substr(kNonceBytes, message.size());
  // 4. Split the key into Ek, n2 and Ak.
  const DerivedKeys keys(key, n);
  // 5. Encrypt the message.
  keys.Xor(message, body.data() + kNonceBytes);
  // 6. Pack h, n, c, f and i.
  const std::string pre_auth = Pae({h, n, c, footer, implicit_assertion});
  // 7. Calculate the tag.
  uint8_t t[kTagBytes];
  keys.Tag(pre_auth, t);
  std::memcpy(body.data() + kNonceBytes + c.size(), t, kTagBytes);
  // 8. h || base64url(n || c || t), and the footer if there is one.
  return EncodeToken(kV3Local, body, footer);
}

}  // namespace testing_only
}  // namespace paseto
