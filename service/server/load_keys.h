// The keys in a key file, as a set.
#ifndef GRPC_PASETO_SERVICE_SERVER_LOAD_KEYS_H_
#define GRPC_PASETO_SERVICE_SERVER_LOAD_KEYS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpc_paseto/core/token/key_set.h"

namespace paseto::service {

// Errors: those of reading the file; INVALID_ARGUMENT for its content, and for a key that the store and the
// feed cannot hold (CheckStorable). Each names the path, never key text.
absl::StatusOr<std::shared_ptr<const KeySet>> LoadKeys(const std::string& path);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_LOAD_KEYS_H_
