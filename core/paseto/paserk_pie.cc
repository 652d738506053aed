#include "grpc_paseto/core/paseto/paserk_pie.h"

#include <sodium.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"
#include "grpc_paseto/core/paseto/wiped_bytes.h"

namespace paseto {
namespace {

constexpr size_t kNonceBytes = 32;
constexpr size_t kWrappingKeyBytes = 32;

// The stream key x and Ak of one wrapping.
template <typename Suite>
struct WrapKeys {
  WrapKeys(const SecretBytes& wrapping_key, absl::string_view n) {
    const absl::string_view wk = wrapping_key.ReadText(InsecureSecretAccess::Get());
    PASETO_CHECK(wk.size() == kWrappingKeyBytes);  // not moved from
    Suite::Mac(wk, {"\x80", n}, x.span());
    Suite::Mac(wk, {"\x81", n}, ak.span());
  }
  WipedBytes<Suite::kStreamKeyBytes> x;
  WipedBytes<32> ak;  // in versions 1 and 3, too, where the MAC would give more
};

}  // namespace

template <typename Suite>
std::string PieWrap(absl::string_view h, const SecretBytes& wk, const SecretBytes& ptk) {
  // 1. Generate n from the system's random source. The other steps stand below.
  char n[kNonceBytes];
  randombytes_buf(n, sizeof(n));
  return testing_only::PieWrapWithNonce<Suite>(h, wk, ptk, {n, sizeof(n)});
}

template <typename Suite>
absl::StatusOr<SecretBytes> PieUnwrap(absl::string_view h, const SecretBytes& wk, PaserkSize size,
                                      absl::string_view text) {
  constexpr size_t kTagBytes = Suite::kTagBytes;
  // 1. The text begins with h; b holds t, n and c.
  const absl::StatusOr<std::string> b = DecodePaserk(h, size.Plus(kTagBytes + kNonceBytes), text);
  if (!b.ok()) return b.status();
  const absl::string_view t = absl::string_view(*b).substr(0, kTagBytes);
  const absl::string_view n = absl::string_view(*b).substr(kTagBytes, kNonceBytes);
  const absl::string_view c = absl::string_view(*b).substr(kTagBytes + kNonceBytes);
  // 2. Derive Ak; the stream key comes with it.
  const WrapKeys<Suite> keys(wk, n);
  // 3. Calculate the tag again.
  WipedBytes<kTagBytes> t2;
  Suite::Mac(keys.ak.text(), {h, n, c}, t2.span());
  // 4. Compare in constant time, before anything is decrypted.
  if (sodium_memcmp(t.data(), t2.data(), kTagBytes) != 0) {
    return absl::UnauthenticatedError(absl::StrCat("PASERK ", h, ": the tag does not match the wrapping key"));
  }
  // 5. and 6. Decrypt c.
  SecretBytes ptk = SecretBytes::Zeroed(c.size());
  Suite::Xor(keys.x.text(), c, ptk.Write(InsecureSecretAccess::Get()).data());
  return ptk;
}

namespace testing_only {

template <typename Suite>
std::string PieWrapWithNonce(absl::string_view h, const SecretBytes& wk, const SecretBytes& plain,
                             absl::string_view nonce) {
  const absl::string_view ptk = plain.ReadText(InsecureSecretAccess::Get());
  PASETO_CHECK(!ptk.empty() && nonce.size() == kNonceBytes);  // not moved from
  // 2. and 3. Derive the stream key and Ak.
  const WrapKeys<Suite> keys(wk, nonce);
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

#define PASETO_INSTANTIATE(Suite)                                                                          \
  template std::string PieWrap<Suite>(absl::string_view, const SecretBytes&, const SecretBytes&);          \
  template absl::StatusOr<SecretBytes> PieUnwrap<Suite>(absl::string_view, const SecretBytes&, PaserkSize, \
                                                        absl::string_view);                                \
  template std::string testing_only::PieWrapWithNonce<Suite>(absl::string_view, const SecretBytes&,        \
                                                             const SecretBytes&, absl::string_view)
PASETO_INSTANTIATE(PaserkSuite4);
PASETO_INSTANTIATE(PaserkSuite3);
#undef PASETO_INSTANTIATE

}  // namespace paseto
