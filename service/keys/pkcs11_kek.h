// A key-encryption key that a PKCS #11 token derives (OASIS PKCS #11 v2.40), such as an HSM or SoftHSM.
//
// The token holds a generic secret that may sign with CKM_SHA256_HMAC and need not be extractable. The key-encryption
// key is HMAC-SHA256 over a fixed label under it: a pseudorandom function, so nothing else has to be kept, and whoever
// has the database and tokend's files but not the token (or its PIN) has no key. tokend asks once, at start.
//
// Does not: keep tokend's keys in the token. The derived key is in tokend's memory while it runs.
#ifndef GRPC_PASETO_SERVICE_KEYS_PKCS11_KEK_H_
#define GRPC_PASETO_SERVICE_KEYS_PKCS11_KEK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"

namespace paseto::service {

struct Pkcs11Secret {
  std::string module;       // the path of the token's library
  std::string token_label;  // of the token
  std::string key_label;    // CKA_LABEL of the one generic secret
};

// 32 bytes; the same for the same secret. Loads the library, logs in, and leaves it as it was.
// Errors: FAILED_PRECONDITION naming the step, the labels and the token's return value; never the PIN.
absl::StatusOr<SecretBytes> DeriveKekByPkcs11(const Pkcs11Secret& secret, absl::string_view pin);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_KEYS_PKCS11_KEK_H_
