// AuditFile: the file at the end of an audit chain. It is only ever appended to, and opened anew when somebody has
// moved it away (rotation by rename; a new file with mode 0600 then goes on with the chain).
//
// Threads: one at a time.
#ifndef GRPC_PASETO_SERVICE_AUDIT_AUDIT_FILE_H_
#define GRPC_PASETO_SERVICE_AUDIT_AUDIT_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/service/audit/audit_chain.h"

namespace paseto::service {

class AuditFile {
 public:
  // Errors: PERMISSION_DENIED or UNAVAILABLE for the file system.
  static absl::StatusOr<std::unique_ptr<AuditFile>> Open(const std::string& path);
  ~AuditFile();
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  // What stands in the file after a head that the store knows to be durable.
  struct Tail {
    AuditHead head;                                    // of the last good line
    absl::flat_hash_map<int64_t, std::string> bodies;  // of the lines after the known head, by id
  };
  // Finds the line of `known` and follows the chain from there; a file without lines begins after it. What a crash has
  // left after the last good line is cut off: the store still has it.
  // Errors: FAILED_PRECONDITION when the file does not hold `known`, although it has lines: it is another chain's, or
  // its end was cut off.
  absl::StatusOr<Tail> Recover(const AuditHead& known);

  // Errors: UNAVAILABLE; nothing of `text` is in the file then, as far as the file system allows.
  absl::Status Append(absl::string_view text);
  absl::Status Sync();
  // True when the path names another file now, or none.
  bool WasMoved() const;
  // Opens what the path names now.
  absl::Status Reopen();
  // Takes back what was appended since the file had `size` bytes.
  void CutTo(int64_t size);
  int64_t size() const;

 private:
  explicit AuditFile(std::string path) : path_(std::move(path)) {}
  absl::Status ReadEnd(int64_t known_id, std::string& text, bool& whole) const;

  const std::string path_;
  int fd_ = -1;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_AUDIT_AUDIT_FILE_H_
