// The keys of a running tokend, from its key file.
#ifndef GRPC_PASETO_SERVICE_SERVER_LOAD_KEYS_H_
#define GRPC_PASETO_SERVICE_SERVER_LOAD_KEYS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpc_paseto/core/token/key_set.h"

namespace paseto::service {

// Errors: those of reading the file; INVALID_ARGUMENT for its content; FAILED_PRECONDITION when a key is missing that
// tokend cannot work without: an active v4.public access key, an active v4.local refresh key, a client key that
// verifies. Each names the path and what to do, never key text.
absl::StatusOr<std::shared_ptr<const KeySet>> LoadKeys(const std::string& path);

// `keys` with those of these ids revoked. Where an active key goes, the first announced one of its kind and use that
// can sign takes its place: the result depends on `keys` and `ids` alone, so a restart and every replica come to the
// same. Ids that name none of them do not matter.
std::shared_ptr<const KeySet> WithRevoked(const KeySet& keys, absl::Span<const std::string> ids);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_LOAD_KEYS_H_
