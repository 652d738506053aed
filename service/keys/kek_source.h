// Where the key-encryption key comes from: a file, a password, a credential of systemd, or a PKCS #11 token.
#ifndef GRPC_PASETO_SERVICE_KEYS_KEK_SOURCE_H_
#define GRPC_PASETO_SERVICE_KEYS_KEK_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "grpc_paseto/service/keys/kek.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

// The key that `config` names. Cost: a second and the memory that the text asks for, with a password.
// Errors: those of reading files; INVALID_ARGUMENT for their content; UNAUTHENTICATED for a wrong password;
// FAILED_PRECONDITION for a file that others may read, a credential that systemd did not give, or what a PKCS #11 token
// says. Each says where, and what to do; never a secret.
absl::StatusOr<Kek> LoadKek(const config::Kek& config);

// The file that stands for it where the configuration names none: `kek` in the store's folder.
std::string DefaultKekFile(const std::string& store_folder);

// As LoadKek, where `config` may be empty: then from the default file, which is made when `may_make` and there is none.
absl::StatusOr<Kek> LoadOrMakeKek(const config::Keys& config, const std::string& store_folder, bool may_make);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_KEYS_KEK_SOURCE_H_
