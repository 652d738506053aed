// WatchedFile: a small file that is read again when it has changed, such as a key file or a token file.
//
// Threads: used by one thread at a time.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_WATCHED_FILE_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_WATCHED_FILE_H_

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"

namespace paseto::interceptor {

class WatchedFile {
 public:
  WatchedFile(std::string path, size_t max_bytes);

  const std::string& path() const { return path_; }

  // The content, which may be secret. The version that was read counts as seen, also when this fails.
  // Errors: NOT_FOUND, PERMISSION_DENIED; INVALID_ARGUMENT when it is no regular file or larger than the limit;
  // UNAVAILABLE for any other fault. Each names the path.
  absl::StatusOr<SecretBytes> Read();

  // True when the file differs from the version that Read saw: another file, size or time of change. A file that is
  // gone differs from one that was there.
  bool HasChanged() const;

 private:
  struct Version {
    uint64_t device = 0;
    uint64_t inode = 0;  // 0 when there is no such file
    int64_t size = 0;
    int64_t modified_ns = 0;
    int64_t changed_ns = 0;
    friend bool operator==(const Version&, const Version&) = default;
  };
  static Version VersionOf(const struct stat& status);
  absl::StatusOr<SecretBytes> ReadBytes(int fd, size_t size) const;

  const std::string path_;
  const size_t max_bytes_;
  Version seen_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_WATCHED_FILE_H_
