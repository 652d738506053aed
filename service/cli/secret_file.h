// Files that hold secrets: read without leaving copies, written for their owner alone.
#ifndef GRPC_PASETO_SERVICE_CLI_SECRET_FILE_H_
#define GRPC_PASETO_SERVICE_CLI_SECRET_FILE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/key.h"

namespace paseto::service {

// Writes `content` to a file that must not exist yet, with mode 0600, durably.
// Errors: ALREADY_EXISTS; NOT_FOUND, PERMISSION_DENIED and others as the system says.
absl::Status WriteNewSecretFile(const std::string& path, absl::string_view content);

// The keys in the key file at `path`. Errors: NOT_FOUND and others as the system says; INVALID_ARGUMENT for its
// content.
absl::StatusOr<std::vector<Key>> ReadKeyFile(const std::string& path);

// Reads the key file at `path` (no keys when there is no file), lets `change` work on them, and puts the result in its
// place: all or nothing, durably, and one program after the other. A new file gets mode 0600; an existing one keeps its
// owner, and its mode without what it grants to other users.
// Errors: those of ReadKeyFile and of `change`; others as the system says. Then nothing has changed.
absl::Status UpdateKeyFile(const std::string& path, absl::FunctionRef<absl::Status(std::vector<Key>&)> change);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_SECRET_FILE_H_
