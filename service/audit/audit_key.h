// The key under which a store keeps the head of its audit chain: a file of 64 hex digits.
#ifndef GRPC_PASETO_SERVICE_AUDIT_AUDIT_KEY_H_
#define GRPC_PASETO_SERVICE_AUDIT_AUDIT_KEY_H_

#include <string>

#include "absl/status/statusor.h"

namespace paseto::service {

// kAuditKeyBytes bytes.
// Errors: NOT_FOUND when the file is absent; FAILED_PRECONDITION when it is no such key or open to other users;
// PERMISSION_DENIED or UNAVAILABLE for the file system.
absl::StatusOr<std::string> ReadAuditKey(const std::string& path);

// Makes a key and a file for it, with mode 0600. Errors: ALREADY_EXISTS, PERMISSION_DENIED, UNAVAILABLE.
absl::StatusOr<std::string> MakeAuditKey(const std::string& path);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_AUDIT_AUDIT_KEY_H_
