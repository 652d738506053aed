#include "grpc_paseto/core/paseto/v3_public.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <sodium.h>

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/core/paseto/openssl_secure_heap.h"
#include "grpc_paseto/core/paseto/pae.h"

namespace paseto {
namespace {

constexpr size_t kScalarBytes = V3SecretKey::kSizeBytes;
constexpr size_t kSignatureBytes = 2 * kScalarBytes;  // r || s

absl::Status WrongKeySizeError(absl::string_view which, size_t expected, size_t got) {
  return absl::InvalidArgumentError(absl::StrCat("v3 ", which, " key: expected ", expected, " bytes, got ", got));
}

absl::Status WrongScalarError() {
  return absl::InvalidArgumentError("v3 secret key: the scalar is 0 or not below the order of the curve");
}

absl::Status WrongSignatureError() {
  return absl::UnauthenticatedError("v3.public: the signature does not match the key, footer and implicit assertion");
}

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

// A P-384 key of OpenSSL from a compressed point and, for a pair, its scalar; null when the point is not on the curve.
std::shared_ptr<EVP_PKEY> MakePkey(absl::string_view point, const BIGNUM* scalar) {
  const OsslParamBldPtr builder(OSSL_PARAM_BLD_new());
  PASETO_CHECK(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0) == 1);
  PASETO_CHECK(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) ==
               1);
  if (scalar != nullptr) PASETO_CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1);
  const OsslParamPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  PASETO_CHECK(EVP_PKEY_fromdata_init(context.get()) == 1);
  if (EVP_PKEY_fromdata(context.get(), &key, scalar != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        params.get()) != 1) {
    return nullptr;
  }
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

// scalar * G, compressed; empty when the scalar is out of range.
std::string PublicPoint(const BIGNUM* scalar) {
  const EcGroupPtr group(EC_GROUP_new_by_curve_name(NID_secp384r1));
  if (BN_is_zero(scalar) || BN_cmp(scalar, EC_GROUP_get0_order(group.get())) >= 0) return std::string();
  const EcPointPtr point(EC_POINT_new(group.get()));
  std::string bytes(V3PublicKey::kSizeBytes, '\0');
  PASETO_CHECK(EC_POINT_mul(group.get(), point.get(), scalar, nullptr, nullptr, nullptr) == 1 &&
               EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_COMPRESSED,
                                  reinterpret_cast<uint8_t*>(bytes.data()), bytes.size(), nullptr) == bytes.size());
  return bytes;
}

// The DER form of r || s that OpenSSL takes; empty when it cannot be one.
std::string DerFromRaw(absl::string_view raw) {
  const EcdsaSigPtr sig(ECDSA_SIG_new());
  PASETO_CHECK(ECDSA_SIG_set0(sig.get(), BN_bin2bn(Bytes(raw), kScalarBytes, nullptr),
                              BN_bin2bn(Bytes(raw) + kScalarBytes, kScalarBytes, nullptr)) == 1);
  uint8_t* der = nullptr;
  const int size = i2d_ECDSA_SIG(sig.get(), &der);
  if (size <= 0) return std::string();
  std::string bytes(reinterpret_cast<char*>(der), size);
  OPENSSL_free(der);
  return bytes;
}

std::string RawFromDer(absl::string_view der) {
  const uint8_t* at = Bytes(der);
  const EcdsaSigPtr sig(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  PASETO_CHECK(sig != nullptr);
  std::string raw(kSignatureBytes, '\0');
  uint8_t* out = reinterpret_cast<uint8_t*>(raw.data());
  PASETO_CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(sig.get()), out, kScalarBytes) == kScalarBytes &&
               BN_bn2binpad(ECDSA_SIG_get0_s(sig.get()), out + kScalarBytes, kScalarBytes) == kScalarBytes);
  return raw;
}

}  // namespace

absl::StatusOr<V3PublicKey> V3PublicKey::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kSizeBytes) return WrongKeySizeError("public", kSizeBytes, bytes.size());
  V3PublicKey key;
  std::memcpy(key.bytes_.data(), bytes.data(), kSizeBytes);
  const bool is_compressed = bytes[0] == 0x02 || bytes[0] == 0x03;
  if (is_compressed) key.point_ = MakePkey(bytes, nullptr);
  return key;
}

V3SecretKey V3SecretKey::Generate() {
  for (;;) {  // a random scalar is out of range once in 2^190
    absl::StatusOr<V3SecretKey> key = FromBytes(SecretBytes::Random(kSizeBytes));
    if (key.ok() && key->pair_ != nullptr) return *std::move(key);
  }
}

absl::StatusOr<V3SecretKey> V3SecretKey::FromBytes(SecretBytes bytes) {
  if (bytes.size() != kSizeBytes) return WrongKeySizeError("secret", kSizeBytes, bytes.size());
  EnsureOpenSslSecureHeap();
  V3SecretKey key(std::move(bytes));
  const absl::Span<const uint8_t> sk = key.bytes_.Read(InsecureSecretAccess::Get());
  const BignumPtr scalar(BN_bin2bn(sk.data(), static_cast<int>(sk.size()), BN_secure_new()));
  const std::string point = PublicPoint(scalar.get());
  if (point.empty()) return key;
  absl::StatusOr<V3PublicKey> public_key = V3PublicKey::FromBytes(point);
  PASETO_CHECK(public_key.ok() && public_key->is_valid_point());
  key.public_key_ = *std::move(public_key);
  key.pair_ = MakePkey(point, scalar.get());
  PASETO_CHECK(key.pair_ != nullptr);
  return key;
}

absl::StatusOr<V3PublicKey> V3SecretKey::public_key() const {
  PASETO_CHECK(bytes_.size() == kSizeBytes);  // not moved from
  if (!public_key_.has_value()) return WrongScalarError();
  return *public_key_;
}

absl::StatusOr<std::string> V3PublicSign(const V3SecretKey& key, absl::string_view message, absl::string_view footer,
                                         absl::string_view implicit_assertion) {
  // 1. The key is for v3.public: its type says so. (It still has its bytes, too: it was not moved from.) It has to be
  // in range to be of use.
  PASETO_CHECK(key.bytes_.size() == V3SecretKey::kSizeBytes);
  if (key.pair_ == nullptr) return WrongScalarError();
  // 2. Set h.
  const absl::string_view h = TokenHeader(kV3Public);
  // 3. Pack pk, h, m, f and i; pk is the compressed point.
  const std::string m2 = Pae({key.public_key_->bytes(), h, message, footer, implicit_assertion});
  // 4. Sign m2.
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  size_t size = 0;
  PASETO_CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, key.pair_.get()) == 1 &&
               EVP_DigestSign(context.get(), nullptr, &size, Bytes(m2), m2.size()) == 1);
  std::string der(size, '\0');
  PASETO_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(der.data()), &size, Bytes(m2), m2.size()) == 1);
  der.resize(size);
  // 5. h || base64url(m || sig), and the footer if there is one.
  return EncodeToken(kV3Public, absl::StrCat(message, RawFromDer(der)), footer);
}

absl::StatusOr<absl::string_view> V3PublicVerify(const V3PublicKey& key, const UntrustedToken& token,
                                                 absl::string_view implicit_assertion) {
  // 1. The key is for v3.public: its type says so. Points are validated on use, which is here.
  if (!key.is_valid_point()) {
    return absl::UnauthenticatedError("v3.public: the public key is no compressed point of the curve");
  }
  // 2. The footer is authenticated below, in step 5; what it has to be is the caller's concern.
  const absl::string_view f = token.untrusted_footer();
  // 3. The token begins with h.
  if (token.untrusted_kind() != kV3Public) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a v3.public token, got ", TokenKindName(token.untrusted_kind())));
  }
  const absl::string_view h = TokenHeader(kV3Public);
  // 4. s is the rightmost 96 bytes, m the rest.
  const absl::string_view body = token.untrusted_body();
  if (body.size() < kSignatureBytes) return absl::InvalidArgumentError("v3.public: body shorter than a signature");
  const absl::string_view m = body.substr(0, body.size() - kSignatureBytes);
  const std::string s = DerFromRaw(body.substr(m.size()));
  if (s.empty()) return WrongSignatureError();
  // 5. Pack pk, h, m, f and i.
  const std::string m2 = Pae({key.bytes(), h, m, f, implicit_assertion});
  // 6. Verify the signature.
  const EvpMdCtxPtr context(EVP_MD_CTX_new());
  PASETO_CHECK(EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha384(), nullptr, key.point_.get()) == 1);
  // 7. The message, only if the signature is good.
  if (EVP_DigestVerify(context.get(), Bytes(s), s.size(), Bytes(m2), m2.size()) != 1) return WrongSignatureError();
  return m;
}

}  // namespace paseto
