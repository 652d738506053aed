#include "grpc_paseto/core/legacy/legacy_seal.h"

#include <openssl/rsa.h>
#include <sodium.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/legacy/rsa_pair.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/paserk_suite.h"
#include "grpc_paseto/core/paseto/paserk_text.h"
#include "grpc_paseto/core/paseto/paserk_x25519.h"
#include "grpc_paseto/core/paseto/wiped_bytes.h"

namespace paseto {
namespace {

constexpr absl::string_view kV2Header = "k2.seal.", kV1Header = "k1.seal.";
constexpr int kBits = 4096;
constexpr size_t kCipherBytes = kBits / 8;
constexpr size_t kTagBytes = PaserkSuite3::kTagBytes;

absl::Status WrongKeyError() {
  return absl::InvalidArgumentError(
      absl::StrCat("PASERK k1.seal.: expected an RSA key of ", kBits, " bits with the exponent 65537"));
}

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

// The stream key Ek || n and Ak of one sealing.
struct KemKeys {
  // Ek || n = HMAC-SHA384(0x01 || h || r), Ak likewise with 0x02, both keyed with SHA-384(c).
  KemKeys(absl::string_view c, absl::string_view r) {
    WipedBytes<48> key;
    PaserkSuite3::Hash({c}, key.span());
    PaserkSuite3::Mac(key.text(), {"\x01", kV1Header, r}, x.span());
    PaserkSuite3::Mac(key.text(), {"\x02", kV1Header, r}, ak.span());
  }
  WipedBytes<PaserkSuite3::kStreamKeyBytes> x;
  WipedBytes<PaserkSuite3::kMacKeyBytes> ak;
};

// One RSA operation without padding on as many bytes as the modulus has. False when `in` is no number below it.
template <typename Init, typename Apply>
bool RawRsa(EVP_PKEY* key, Init init, Apply apply, const uint8_t* in, uint8_t* out) {
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
  size_t size = kCipherBytes;
  return init(context.get()) == 1 && EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1 &&
         apply(context.get(), out, &size, in, kCipherBytes) == 1 && size == kCipherBytes;
}

}  // namespace

absl::StatusOr<V1SealingPublicKey> V1SealingPublicKey::FromPem(absl::string_view pem) {
  std::shared_ptr<EVP_PKEY> key = RsaPublicFromPem(pem, kBits);
  if (key == nullptr) return WrongKeyError();
  return V1SealingPublicKey(std::move(key));
}

absl::StatusOr<V1SealingSecretKey> V1SealingSecretKey::FromPem(absl::string_view pem) {
  std::shared_ptr<EVP_PKEY> pair = RsaSecretFromPem(pem, kBits);
  if (pair == nullptr) return WrongKeyError();
  return V1SealingSecretKey(std::move(pair));
}

absl::StatusOr<V2LocalKey> LegacyPaserkUnseal(const V2SecretKey& recipient, absl::string_view text) {
  absl::StatusOr<SecretBytes> pdk = X25519Unseal(kV2Header, recipient.secret(), text);
  if (!pdk.ok()) return pdk.status();
  return V2LocalKey::FromBytes(*std::move(pdk));
}

absl::StatusOr<std::string> LegacyPaserkSeal(const V2PublicKey& recipient, const V2LocalKey& key, LegacyWriting) {
  return X25519Seal(kV2Header, recipient.bytes(), key.secret());
}

absl::StatusOr<V1LocalKey> LegacyPaserkUnseal(const V1SealingSecretKey& recipient, absl::string_view text) {
  const absl::StatusOr<std::string> data =
      DecodePaserk(kV1Header, kTagBytes + V1LocalKey::kSizeBytes + kCipherBytes, text);
  if (!data.ok()) return data.status();
  const absl::string_view t = absl::string_view(*data).substr(0, kTagBytes);
  const absl::string_view edk = absl::string_view(*data).substr(kTagBytes, V1LocalKey::kSizeBytes);
  const absl::string_view c = absl::string_view(*data).substr(kTagBytes + V1LocalKey::kSizeBytes);
  const absl::Status wrong =
      absl::UnauthenticatedError(absl::StrCat("PASERK ", kV1Header, ": the key was not sealed to this recipient"));
  // 1. Decrypt c to get r.
  WipedBytes<kCipherBytes> r;
  if (!RawRsa(recipient.pair_.get(), EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, Bytes(c), r.data())) return wrong;
  // 2. Calculate Ak; the stream key of step 5 comes with it.
  const KemKeys keys(c, r.text());
  // 3. Calculate the tag again. 4. Compare in constant time, before anything is decrypted.
  WipedBytes<kTagBytes> t2;
  PaserkSuite3::Mac(keys.ak.text(), {kV1Header, c, edk}, t2.span());
  if (sodium_memcmp(t.data(), t2.data(), t2.size()) != 0) return wrong;
  // 6. Decrypt edk.
  SecretBytes pdk = SecretBytes::Zeroed(edk.size());
  PaserkSuite3::Xor(keys.x.text(), edk, pdk.Write(InsecureSecretAccess::Get()).data());
  return V1LocalKey::FromBytes(std::move(pdk));
}

absl::StatusOr<std::string> LegacyPaserkSeal(const V1SealingPublicKey& recipient, const V1LocalKey& key,
                                             LegacyWriting) {
  const absl::string_view pdk = key.secret().ReadText(InsecureSecretAccess::Get());
  PASETO_CHECK(pdk.size() == V1LocalKey::kSizeBytes);  // not moved from
  // 1. A random r below the modulus, whose first bit is set: clear the first bit of r and set the second.
  WipedBytes<kCipherBytes> r;
  randombytes_buf(r.data(), r.size());
  r.data()[0] = static_cast<uint8_t>((r.data()[0] & 0x7f) | 0x40);
  // 2. Encrypt it without padding.
  std::string c(kCipherBytes, '\0');
  PASETO_CHECK(RawRsa(recipient.key_.get(), EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, r.data(),
                      reinterpret_cast<uint8_t*>(c.data())));
  // 3. and 4. Calculate the stream key and Ak.
  const KemKeys keys(c, r.text());
  // 5. Encrypt the key.
  std::string edk(pdk.size(), '\0');
  PaserkSuite3::Xor(keys.x.text(), pdk, reinterpret_cast<uint8_t*>(edk.data()));
  // 6. Calculate the tag over h, c and edk.
  WipedBytes<kTagBytes> t;
  PaserkSuite3::Mac(keys.ak.text(), {kV1Header, c, edk}, t.span());
  // 7. h || base64url(t || edk || c).
  return EncodePaserk(kV1Header, absl::StrCat(t.text(), edk, c));
}

}  // namespace paseto
