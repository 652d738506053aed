#include "grpc_paseto/core/legacy/rsa_pair.h"

#include <openssl/core_names.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <utility>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/openssl_secure_heap.h"
#include "grpc_paseto/core/paseto/pem_block.h"

namespace paseto {
namespace {

constexpr unsigned long kExponent = 65537;

bool IsRsa(const EVP_PKEY* key, int bits) {
  if (key == nullptr || EVP_PKEY_is_a(key, "RSA") != 1 || EVP_PKEY_get_bits(key) != bits) return false;
  BIGNUM* e = nullptr;
  const bool has_exponent = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1;
  const BignumPtr own_e(e);
  return has_exponent && BN_is_word(e, kExponent) == 1;
}

// The parts of a pair belong together: with wrong ones a signature could give the key away.
bool IsWhole(EVP_PKEY* pair) {
  const EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(pair, nullptr));
  return EVP_PKEY_check(context.get()) == 1;
}

std::shared_ptr<EVP_PKEY> Share(EvpPkeyPtr key) { return std::shared_ptr<EVP_PKEY>(key.release(), EVP_PKEY_free); }

std::shared_ptr<EVP_PKEY> CheckedSecret(EvpPkeyPtr pair, int bits) {
  return IsRsa(pair.get(), bits) && IsWhole(pair.get()) ? Share(std::move(pair)) : nullptr;
}

std::shared_ptr<EVP_PKEY> CheckedPublic(EvpPkeyPtr key, int bits) {
  return IsRsa(key.get(), bits) ? Share(std::move(key)) : nullptr;
}

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

}  // namespace

std::shared_ptr<EVP_PKEY> RsaSecretFromDer(absl::string_view der, int bits) {
  EnsureOpenSslSecureHeap();
  const uint8_t* at = Bytes(der);
  EvpPkeyPtr pair(d2i_PrivateKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(der.size())));
  if (pair == nullptr || !RsaSecretDer(pair.get()).Equals(SecretBytes::CopyFrom(der))) return nullptr;
  return CheckedSecret(std::move(pair), bits);
}

std::shared_ptr<EVP_PKEY> RsaSecretFromPem(absl::string_view pem, int bits) {
  return CheckedSecret(ReadSecretPem(pem), bits);
}

std::shared_ptr<EVP_PKEY> RsaPublicFromDer(absl::string_view der, int bits) {
  const uint8_t* at = Bytes(der);
  EvpPkeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (!IsRsa(key.get(), bits) || RsaPublicDer(key.get()) != der) return nullptr;
  return Share(std::move(key));
}

std::shared_ptr<EVP_PKEY> RsaPublicFromPem(absl::string_view pem, int bits) {
  return CheckedPublic(ReadPublicPem(pem), bits);
}

SecretBytes RsaSecretDer(const EVP_PKEY* pair) {
  uint8_t* der = nullptr;
  const int size = i2d_PrivateKey(pair, &der);
  PASETO_CHECK(size > 0);
  SecretBytes bytes = SecretBytes::CopyFrom({reinterpret_cast<char*>(der), static_cast<size_t>(size)});
  OPENSSL_clear_free(der, static_cast<size_t>(size));
  return bytes;
}

std::string RsaPublicDer(const EVP_PKEY* key) {
  uint8_t* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  PASETO_CHECK(size > 0);
  std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace paseto
