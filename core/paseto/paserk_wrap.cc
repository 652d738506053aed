#include "grpc_paseto/core/paseto/paserk_wrap.h"

#include <sodium.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/paserk_text.h"
#include "grpc_paseto/core/paseto/wiped_bytes.h"

namespace paseto {
namespace {

constexpr size_t kNonceBytes = 32;

// The stream key x and Ak of one wrapping.
template <typename Suite>
struct WrapKeys {
  template <typename WrappingKey>
  WrapKeys(const WrappingKey& wrapping_key, absl::string_view n) {
    const absl::string_view wk = wrapping_key.secret().ReadText(InsecureSecretAccess::Get());
    PASETO_CHECK(wk.size() == WrappingKey::kSizeBytes);  // not moved from
    Suite::Mac(wk, {"\x80", n}, x.span());
    Suite::Mac(wk, {"\x81", n}, ak.span());
  }
  WipedBytes<Suite::kStreamKeyBytes> x;
  WipedBytes<32> ak;  // in version 3, too, where the MAC would give more
};

}  // namespace

template <typename Key>
std::string PaserkWrap(const typename PaserkKind<Key>::WrappingKey& wrapping_key, const Key& key) {
  // 2. Generate n from the system's random source. The other steps stand below.
  char n[kNonceBytes];
  randombytes_buf(n, sizeof(n));
  return testing_only::PaserkWrapWithNonce(wrapping_key, key, {n, sizeof(n)});
}

template <typename Key>
absl::StatusOr<Key> PaserkUnwrap(const typename PaserkKind<Key>::WrappingKey& wrapping_key, absl::string_view text) {
  using Suite = typename PaserkKind<Key>::Suite;
  constexpr size_t kTagBytes = Suite::kTagBytes;
  // 1. The text begins with h, and b holds exactly t, n and c.
  constexpr absl::string_view h = PaserkKind<Key>::kWrapHeader;
  const absl::StatusOr<std::string> b = DecodePaserk(h, kTagBytes + kNonceBytes + Key::kSizeBytes, text);
  if (!b.ok()) return b.status();
  const absl::string_view t = absl::string_view(*b).substr(0, kTagBytes);
  const absl::string_view n = absl::string_view(*b).substr(kTagBytes, kNonceBytes);
  const absl::string_view c = absl::string_view(*b).substr(kTagBytes + kNonceBytes);
  // 2. Derive Ak; the stream key comes with it.
  const WrapKeys<Suite> keys(wrapping_key, n);
  // 3. Calculate the tag again.
  WipedBytes<kTagBytes> t2;
  Suite::Mac(keys.ak.text(), {h, n, c}, t2.span());
  // 4. Compare in constant time, before anything is decrypted.
  if (sodium_memcmp(t.data(), t2.data(), kTagBytes) != 0) {
    return absl::UnauthenticatedError(absl::StrCat("PASERK ", h, ": the tag does not match the wrapping key"));
  }
  // 5. Decrypt c. 6. What comes out has to be a key of the type.
  SecretBytes ptk = SecretBytes::Zeroed(c.size());
  Suite::Xor(keys.x.text(), c, ptk.Write(InsecureSecretAccess::Get()).data());
  return Key::FromBytes(std::move(ptk));
}

namespace testing_only {

template <typename Key>
std::string PaserkWrapWithNonce(const typename PaserkKind<Key>::WrappingKey& wrapping_key, const Key& key,
                                absl::string_view nonce) {
  using Suite = typename PaserkKind<Key>::Suite;
  // 1. Both keys are of one version: their types say so. Set h.
  constexpr absl::string_view h = PaserkKind<Key>::kWrapHeader;
  const absl::string_view ptk = key.secret().ReadText(InsecureSecretAccess::Get());
  PASETO_CHECK(ptk.size() == Key::kSizeBytes && nonce.size() == kNonceBytes);  // not moved from
  // 3. Derive the stream key and Ak.
  const WrapKeys<Suite> keys(wrapping_key, nonce);
  // 4. Encrypt the key.
  std::string c(ptk.size(), '\0');
  Suite::Xor(keys.x.text(), ptk, reinterpret_cast<uint8_t*>(c.data()));
  // 5. Calculate the tag over h, n and c.
  WipedBytes<Suite::kTagBytes> t;
  Suite::Mac(keys.ak.text(), {h, nonce, c}, t.span());
  // 6. h || base64url(t || n || c).
  return EncodePaserk(h, absl::StrCat(t.text(), nonce, c));
}

}  // namespace testing_only

#define PASETO_INSTANTIATE(Wrapping, Key)                                             \
  template std::string PaserkWrap<Key>(const Wrapping&, const Key&);                  \
  template absl::StatusOr<Key> PaserkUnwrap<Key>(const Wrapping&, absl::string_view); \
  template std::string testing_only::PaserkWrapWithNonce<Key>(const Wrapping&, const Key&, absl::string_view)
PASETO_INSTANTIATE(V4LocalKey, V4LocalKey);
PASETO_INSTANTIATE(V4LocalKey, V4SecretKey);
PASETO_INSTANTIATE(V3LocalKey, V3LocalKey);
PASETO_INSTANTIATE(V3LocalKey, V3SecretKey);
#undef PASETO_INSTANTIATE

}  // namespace paseto
