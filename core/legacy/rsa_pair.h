// RSA keys as OpenSSL has them, of one size and the exponent 65537, and their forms: DER and PEM.
//
// For the key types of version 1, which differ in size and in what they are for.
#ifndef GRPC_PASETO_CORE_LEGACY_RSA_PAIR_H_
#define GRPC_PASETO_CORE_LEGACY_RSA_PAIR_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"

namespace paseto {

// Null for anything but such a key, in the one spelling that the encoders below give (PEM: in any that is one block).
// A secret key's parts have to belong together. Cost: some milliseconds for a secret key.
std::shared_ptr<EVP_PKEY> RsaSecretFromDer(absl::string_view der, int bits);  // PKCS #1
std::shared_ptr<EVP_PKEY> RsaSecretFromPem(absl::string_view pem, int bits);  // PKCS #1 or #8
std::shared_ptr<EVP_PKEY> RsaPublicFromDer(absl::string_view der, int bits);  // SubjectPublicKeyInfo
std::shared_ptr<EVP_PKEY> RsaPublicFromPem(absl::string_view pem, int bits);  // SubjectPublicKeyInfo

SecretBytes RsaSecretDer(const EVP_PKEY* pair);  // PKCS #1
std::string RsaPublicDer(const EVP_PKEY* key);   // SubjectPublicKeyInfo

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_LEGACY_RSA_PAIR_H_
