// TrustFromKeyFile: keys from a file (core/token/key_file.h), without revocations. Read again when the file changes.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_FILE_TRUST_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_FILE_TRUST_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/interceptor/trust/trust_source.h"

namespace paseto::interceptor {

struct FileTrustOptions {
  std::string path;                                 // required
  absl::Duration poll_interval = absl::Seconds(1);  // how often the file's time and size are looked at; more than 0
  // Optional: told, on a thread of the source, why a changed file was not taken. Never with key text in it.
  std::function<void(const absl::Status&)> on_problem = nullptr;
};

// The data never counts as stale: who uses a file decides to live without a feed. A file that has become unreadable or
// wrong keeps the old keys; the next good version replaces them.
// Errors: NOT_FOUND, PERMISSION_DENIED or INVALID_ARGUMENT for the first reading, naming the path and the fault.
absl::StatusOr<std::unique_ptr<TrustSource>> TrustFromKeyFile(FileTrustOptions options);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_FILE_TRUST_H_
