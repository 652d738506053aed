#include "grpc_paseto/core/paseto/paserk_seal.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/core/paseto/paserk_suite.h"
#include "grpc_paseto/core/paseto/paserk_text.h"
#include "grpc_paseto/core/paseto/paserk_x25519.h"
#include "grpc_paseto/core/paseto/wiped_bytes.h"

namespace paseto {

// ECDH over P-384: the x coordinate of the common point.
class V3KeyAgreement {
 public:
  // REQUIRES: the scalar is in range and the point is on the curve.
  static void Agree(const V3SecretKey& secret, const V3PublicKey& peer, WipedBytes<48>& xk) {
    PASETO_CHECK(secret.pair_ != nullptr && peer.point_ != nullptr);
    const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(secret.pair_.get(), nullptr));
    size_t size = xk.size();
    PASETO_CHECK(EVP_PKEY_derive_init(context.get()) == 1 &&
                 EVP_PKEY_derive_set_peer(context.get(), peer.point_.get()) == 1 &&
                 EVP_PKEY_derive(context.get(), xk.data(), &size) == 1 && size == xk.size());
  }
};

namespace {

constexpr absl::string_view kV4Header = "k4.seal.", kV3Header = "k3.seal.";
constexpr size_t kLocalKeyBytes = 32;

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

// The stream key Ek || n and Ak of one sealing; `pk` is the recipient's key in the form that is hashed.
template <typename Suite>
struct SealKeys {
  WipedBytes<Suite::kStreamKeyBytes> x;
  WipedBytes<Suite::kMacKeyBytes> ak;
};

// Versions 4 and 2: Ek = BLAKE2b-32(0x01 || h || xk || epk || xpk), Ak likewise with 0x02, n = BLAKE2b-24(epk || xpk).
struct SealX25519 : PaserkSuite4 {
  static constexpr size_t kEpkBytes = 32;
  static void Derive(absl::string_view h, absl::string_view xk, absl::string_view epk, absl::string_view pk,
                     SealKeys<SealX25519>& keys) {
    Hash({"\x01", h, xk, epk, pk}, keys.x.span().subspan(0, 32));
    Hash({epk, pk}, keys.x.span().subspan(32));
    Hash({"\x02", h, xk, epk, pk}, keys.ak.span());
  }
};

// Version 3: Ek || n = SHA-384(0x01 || h || xk || epk || pk), Ak likewise with 0x02.
struct SealP384 : PaserkSuite3 {
  static constexpr size_t kEpkBytes = V3PublicKey::kSizeBytes;
  static void Derive(absl::string_view h, absl::string_view xk, absl::string_view epk, absl::string_view pk,
                     SealKeys<SealP384>& keys) {
    Hash({"\x01", h, xk, epk, pk}, keys.x.span());
    Hash({"\x02", h, xk, epk, pk}, keys.ak.span());
  }
};

// t || epk || edk of a text.
struct Sealed {
  std::string data;
  absl::string_view t, epk, edk;
};

// edk = the key under Ek and n, t = MAC(h || epk || edk) under Ak; the text is h || base64url(t || epk || edk).
template <typename V>
std::string Seal(absl::string_view h, const SecretBytes& key, absl::string_view xk, absl::string_view epk,
                 absl::string_view pk) {
  const absl::string_view pdk = key.ReadText(InsecureSecretAccess::Get());
  PASETO_CHECK(pdk.size() == kLocalKeyBytes);  // not moved from
  SealKeys<V> keys;
  V::Derive(h, xk, epk, pk, keys);
  std::string edk(pdk.size(), '\0');
  V::Xor(keys.x.text(), pdk, reinterpret_cast<uint8_t*>(edk.data()));
  WipedBytes<V::kTagBytes> t;
  V::Mac(keys.ak.text(), {h, epk, edk}, t.span());
  return EncodePaserk(h, absl::StrCat(t.text(), epk, edk));
}

template <typename V>
absl::Status Split(absl::string_view h, absl::string_view text, Sealed& sealed) {
  absl::StatusOr<std::string> data = DecodePaserk(h, V::kTagBytes + V::kEpkBytes + kLocalKeyBytes, text);
  if (!data.ok()) return data.status();
  sealed.data = *std::move(data);
  sealed.t = absl::string_view(sealed.data).substr(0, V::kTagBytes);
  sealed.epk = absl::string_view(sealed.data).substr(V::kTagBytes, V::kEpkBytes);
  sealed.edk = absl::string_view(sealed.data).substr(V::kTagBytes + V::kEpkBytes);
  return absl::OkStatus();
}

absl::Status WrongSealError(absl::string_view header) {
  return absl::UnauthenticatedError(absl::StrCat("PASERK ", header, ": the key was not sealed to this recipient"));
}

template <typename V>
absl::StatusOr<SecretBytes> Unseal(absl::string_view h, const Sealed& sealed, absl::string_view xk,
                                   absl::string_view pk) {
  SealKeys<V> keys;
  V::Derive(h, xk, sealed.epk, pk, keys);
  WipedBytes<V::kTagBytes> t2;
  V::Mac(keys.ak.text(), {h, sealed.epk, sealed.edk}, t2.span());
  if (sodium_memcmp(sealed.t.data(), t2.data(), t2.size()) != 0) return WrongSealError(h);
  SecretBytes pdk = SecretBytes::Zeroed(sealed.edk.size());
  V::Xor(keys.x.text(), sealed.edk, pdk.Write(InsecureSecretAccess::Get()).data());
  return pdk;
}

template <typename LocalKey>
absl::StatusOr<LocalKey> ToKey(absl::StatusOr<SecretBytes> bytes) {
  if (!bytes.ok()) return bytes.status();
  return LocalKey::FromBytes(*std::move(bytes));
}

}  // namespace

absl::StatusOr<std::string> X25519Seal(absl::string_view h, absl::string_view ed25519, const SecretBytes& pdk) {
  WipedBytes<32> xpk, esk, epk, xk;
  PASETO_CHECK(ed25519.size() == crypto_sign_PUBLICKEYBYTES);
  if (crypto_core_ed25519_is_valid_point(Bytes(ed25519)) != 1 ||
      crypto_sign_ed25519_pk_to_curve25519(xpk.data(), Bytes(ed25519)) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("PASERK ", h, ": the public key is no point of the curve's main subgroup"));
  }
  PASETO_CHECK(crypto_box_keypair(epk.data(), esk.data()) == 0);
  PASETO_CHECK(crypto_scalarmult(xk.data(), esk.data(), xpk.data()) == 0);  // xpk is of the main subgroup
  return Seal<SealX25519>(h, pdk, xk.text(), epk.text(), xpk.text());
}

absl::StatusOr<SecretBytes> X25519Unseal(absl::string_view h, const SecretBytes& ed25519, absl::string_view text) {
  const absl::Span<const uint8_t> sk = ed25519.Read(InsecureSecretAccess::Get());
  PASETO_CHECK(sk.size() == crypto_sign_SECRETKEYBYTES);  // not moved from
  Sealed sealed;
  if (absl::Status status = Split<SealX25519>(h, text, sealed); !status.ok()) return status;
  WipedBytes<32> xpk, xsk, xk;
  PASETO_CHECK(crypto_sign_ed25519_pk_to_curve25519(xpk.data(), sk.data() + crypto_sign_SEEDBYTES) == 0);
  crypto_sign_ed25519_sk_to_curve25519(xsk.data(), sk.data());
  // An ephemeral key of small order gives no secret at all.
  if (crypto_scalarmult(xk.data(), xsk.data(), Bytes(sealed.epk)) != 0) return WrongSealError(h);
  return Unseal<SealX25519>(h, sealed, xk.text(), xpk.text());
}

absl::StatusOr<std::string> PaserkSeal(const V4PublicKey& recipient, const V4LocalKey& key) {
  return X25519Seal(kV4Header, recipient.bytes(), key.secret());
}

absl::StatusOr<V4LocalKey> PaserkUnseal(const V4SecretKey& recipient, absl::string_view text) {
  return ToKey<V4LocalKey>(X25519Unseal(kV4Header, recipient.secret(), text));
}

absl::StatusOr<std::string> PaserkSeal(const V3PublicKey& recipient, const V3LocalKey& key) {
  if (!recipient.is_valid_point()) {
    return absl::InvalidArgumentError("PASERK k3.seal.: the public key is no compressed point of the curve");
  }
  const V3SecretKey esk = V3SecretKey::Generate();
  const absl::StatusOr<V3PublicKey> epk = esk.public_key();
  PASETO_CHECK(epk.ok());
  WipedBytes<48> xk;
  V3KeyAgreement::Agree(esk, recipient, xk);
  return Seal<SealP384>(kV3Header, key.secret(), xk.text(), epk->bytes(), recipient.bytes());
}

absl::StatusOr<V3LocalKey> PaserkUnseal(const V3SecretKey& recipient, absl::string_view text) {
  Sealed sealed;
  if (absl::Status status = Split<SealP384>(kV3Header, text, sealed); !status.ok()) return status;
  const absl::StatusOr<V3PublicKey> half = recipient.public_key();
  if (!half.ok()) return half.status();
  const absl::StatusOr<V3PublicKey> epk = V3PublicKey::FromBytes(sealed.epk);
  if (!epk.ok() || !epk->is_valid_point()) return WrongSealError(kV3Header);
  WipedBytes<48> xk;
  V3KeyAgreement::Agree(recipient, *epk, xk);
  return ToKey<V3LocalKey>(Unseal<SealP384>(kV3Header, sealed, xk.text(), half->bytes()));
}

}  // namespace paseto
