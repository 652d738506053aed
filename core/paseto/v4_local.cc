#include "grpc_paseto/core/paseto/v4_local.h"

#include <sodium.h>

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"

namespace paseto {
namespace {

constexpr size_t kNonceBytes = 32;
constexpr size_t kTagBytes = 32;

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }
uint8_t* Bytes(char* text) { return reinterpret_cast<uint8_t*>(text); }

// Ek, n2 and Ak of one token; wiped when they go.
class DerivedKeys {
 public:
  // tmp = BLAKE2b-56("paseto-encryption-key" || n), Ak = BLAKE2b-32("paseto-auth-key-for-aead" || n), keyed with `key`.
  DerivedKeys(const V4LocalKey& key, absl::string_view n) {
    Derive(key, "paseto-encryption-key", n, tmp_, sizeof(tmp_));
    Derive(key, "paseto-auth-key-for-aead", n, ak_, sizeof(ak_));
  }
  DerivedKeys(const DerivedKeys&) = delete;
  DerivedKeys& operator=(const DerivedKeys&) = delete;
  ~DerivedKeys() {
    sodium_memzero(tmp_, sizeof(tmp_));
    sodium_memzero(ak_, sizeof(ak_));
  }

  // XChaCha20 with Ek and n2, from `in` to as many bytes at `out`.
  void Xor(absl::string_view in, char* out) const {
    if (in.empty()) return;  // libsodium wants a pointer even to nothing
    crypto_stream_xchacha20_xor(Bytes(out), Bytes(in), in.size(), /*n=*/tmp_ + kEkBytes, /*k=*/tmp_);
  }
  // t = BLAKE2b-32(pre_auth), keyed with Ak.
  void Tag(absl::string_view pre_auth, uint8_t (&t)[kTagBytes]) const {
    crypto_generichash(t, sizeof(t), Bytes(pre_auth), pre_auth.size(), ak_, sizeof(ak_));
  }

 private:
  static constexpr size_t kEkBytes = crypto_stream_xchacha20_KEYBYTES;

  static void Derive(const V4LocalKey& key, absl::string_view domain, absl::string_view n, uint8_t* out, size_t size) {
    const absl::Span<const uint8_t> k = key.secret().Read(InsecureSecretAccess::Get());
    PASETO_CHECK(k.size() == V4LocalKey::kSizeBytes);  // not moved from
    crypto_generichash_state state;
    crypto_generichash_init(&state, k.data(), k.size(), size);
    crypto_generichash_update(&state, Bytes(domain), domain.size());
    crypto_generichash_update(&state, Bytes(n), n.size());
    crypto_generichash_final(&state, out, size);
    sodium_memzero(&state, sizeof(state));
  }

  uint8_t tmp_[kEkBytes + crypto_stream_xchacha20_NONCEBYTES];  // Ek || n2
  uint8_t ak_[32];
};

absl::Status WrongTagError() {
  return absl::UnauthenticatedError("v4.local: the tag does not match the key, footer and implicit assertion");
}

}  // namespace

V4LocalKey V4LocalKey::Generate() { return V4LocalKey(SecretBytes::Random(kSizeBytes)); }

absl::StatusOr<V4LocalKey> V4LocalKey::FromBytes(SecretBytes bytes) {
  if (bytes.size() != kSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("v4 local key: expected ", kSizeBytes, " bytes, got ", bytes.size()));
  }
  return V4LocalKey(std::move(bytes));
}

std::string V4LocalSeal(const V4LocalKey& key, absl::string_view message, absl::string_view footer,
                        absl::string_view implicit_assertion) {
  // 3. Generate n from the system's random source. The other steps stand below.
  char n[kNonceBytes];
  randombytes_buf(n, sizeof(n));
  return testing_only::V4LocalSealWithNonce(key, message, footer, implicit_assertion, {n, sizeof(n)});
}

absl::StatusOr<std::string> V4LocalOpen(const V4LocalKey& key, const UntrustedToken& token,
                                        absl::string_view implicit_assertion) {
  // 1. The key is for v4.local: its type says so.
  // 2. The footer is authenticated below; what it has to be is the caller's concern.
  const absl::string_view f = token.untrusted_footer();
  // 3. The token begins with h.
  if (token.untrusted_kind() != kV4Local) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a v4.local token, got ", TokenKindName(token.untrusted_kind())));
  }
  const absl::string_view h = TokenHeader(kV4Local);
  // 4. n is the leftmost 32 bytes, t the rightmost 32, c what is between them.
  const absl::string_view body = token.untrusted_body();
  if (body.size() < kNonceBytes + kTagBytes) {
    return absl::InvalidArgumentError("v4.local: body shorter than a nonce and a tag");
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

std::string V4LocalSealWithNonce(const V4LocalKey& key, absl::string_view message, absl::string_view footer,
                                 absl::string_view implicit_assertion, absl::string_view nonce) {
  // 1. The key is for v4.local: its type says so.
  // 2. Set h.
  const absl::string_view h = TokenHeader(kV4Local);
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
  return EncodeToken(kV4Local, body, footer);
}

}  // namespace testing_only
}  // namespace paseto
