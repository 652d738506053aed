// Files that appear whole or not at all.
#ifndef GRPC_PASETO_SERVICE_SERVER_WHOLE_FILE_H_
#define GRPC_PASETO_SERVICE_SERVER_WHOLE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace paseto::service {

// Puts a file with `content` and mode 0600 in the place of `path`; a reader sees the old file or the whole new one.
// Errors: FAILED_PRECONDITION naming the path and the system's cause. Then the old file is there unchanged.
absl::Status WriteWholeFile(const std::string& path, absl::string_view content);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_WHOLE_FILE_H_
