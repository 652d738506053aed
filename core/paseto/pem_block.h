// One PEM block (RFC 7468) to an OpenSSL key and back, for the files that know what keys a version has.
//
// Reading: one block, nothing but white space around it, at most 8 KiB, without a passphrase.
#ifndef GRPC_PASETO_CORE_PASETO_PEM_BLOCK_H_
#define GRPC_PASETO_CORE_PASETO_PEM_BLOCK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"

namespace paseto {

absl::Status WrongPemError(absl::string_view expected);

// Null for anything but one block with such a key.
EvpPkeyPtr ReadSecretPem(absl::string_view pem);
EvpPkeyPtr ReadPublicPem(absl::string_view pem);

// PKCS #8 ("PRIVATE KEY").
SecretBytes WriteSecretPem(EVP_PKEY* key);
// The form that its algorithm had before PKCS #8, such as PKCS #1 ("RSA PRIVATE KEY").
SecretBytes WriteTraditionalPem(EVP_PKEY* key);
// SubjectPublicKeyInfo ("PUBLIC KEY").
std::string WritePublicPem(EVP_PKEY* key);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PEM_BLOCK_H_
