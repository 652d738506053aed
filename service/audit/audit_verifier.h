// AuditVerifier: finds what somebody has edited, removed, moved or cut off in audit files.
//
// A file may repeat lines of the one before it, byte by byte: a crash right after a rotation can cause that.
#ifndef GRPC_PASETO_SERVICE_AUDIT_AUDIT_VERIFIER_H_
#define GRPC_PASETO_SERVICE_AUDIT_AUDIT_VERIFIER_H_

#include <cstdint>
#include <istream>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/service/audit/audit_chain.h"

namespace paseto::service {

class AuditVerifier {
 public:
  enum class Begins {
    kWithTheFirstEvent,
    kAnywhere,  // older files are gone: what the first line follows is not verified
  };
  explicit AuditVerifier(Begins begins) : begins_(begins) {}

  // Reads a file to its end; older files first. `name` is for texts.
  // Errors: DATA_LOSS naming the line and what is wrong with it; NOT_FOUND when the file is not there.
  absl::Status Read(const std::string& name);
  // Compares with the head that the store keeps. What the files hold beyond it follows from it.
  // Errors: DATA_LOSS when the files end before it, or hold another event there.
  absl::Status CompareWith(const AuditHead& stored) const;

  int64_t first_id() const { return first_id_; }
  const AuditHead& head() const { return head_; }
  int64_t events() const { return static_cast<int64_t>(seen_.size()); }

 private:
  struct Seen {
    std::string chain;
    AuditHead before;
  };
  absl::Status Take(const std::string& line);

  const Begins begins_;
  int64_t first_id_ = 0;
  AuditHead head_;
  absl::flat_hash_map<int64_t, Seen> seen_;  // by id: what a repeated line is compared with
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_AUDIT_AUDIT_VERIFIER_H_
