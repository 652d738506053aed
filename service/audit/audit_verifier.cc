#include "grpc_paseto/service/audit/audit_verifier.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace paseto::service {
namespace {

std::string WhyNot(const AuditLine& line, const AuditHead& head) {
  if (line.id <= head.id) {
    return absl::StrCat("event ", line.id, " stands after event ", head.id, ": lines were moved or put in");
  }
  if (line.id > head.id + 1) {
    return absl::StrCat("event ", line.id, " does not follow event ", head.id, ": lines between them were removed");
  }
  return absl::StrCat("event ", line.id, " was edited, or a line before it was");
}

}  // namespace

absl::Status AuditVerifier::Read(const std::string& name) {
  std::ifstream file(name);
  if (!file.good()) return absl::NotFoundError(absl::StrCat("'", name, "' cannot be read; name an audit file"));
  int64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    const absl::Status taken = Take(line);
    if (!taken.ok()) return absl::DataLossError(absl::StrCat(name, ":", number, ": ", taken.message()));
  }
  return absl::OkStatus();
}

absl::Status AuditVerifier::Take(const std::string& line) {
  const absl::optional<AuditLine> parsed = ParseAuditLine(line);
  if (!parsed.has_value())
    return absl::DataLossError("this is not a whole line of an audit file: it was edited or cut");
  const AuditHead last = head_;
  if (const auto known = seen_.find(parsed->id); known != seen_.end()) {
    AuditHead before = known->second.before;
    if (Follows(line, *parsed, before) && before.chain == known->second.chain) return absl::OkStatus();
    return absl::DataLossError(WhyNot(*parsed, last));
  }
  if (seen_.empty() && begins_ == Begins::kAnywhere && parsed->id > 1) {
    head_ = {parsed->id, parsed->chain};
  } else if (!Follows(line, *parsed, head_)) {
    return absl::DataLossError(WhyNot(*parsed, last));
  }
  if (seen_.empty()) first_id_ = parsed->id;
  seen_[parsed->id] = {parsed->chain, last};
  return absl::OkStatus();
}

absl::Status AuditVerifier::CompareWith(const AuditHead& stored) const {
  if (stored.id == 0) return absl::OkStatus();
  const auto there = seen_.find(stored.id);
  if (there != seen_.end() && there->second.chain == stored.chain) return absl::OkStatus();
  if (there == seen_.end() && head_.id < stored.id) {
    return absl::DataLossError(absl::StrCat("the files end with event ", head_.id, ", and event ", stored.id,
                                            " was written: the end was cut off, or the newest file is missing"));
  }
  return absl::DataLossError(
      absl::StrCat("event ", stored.id, " of the files is not the one that the store knows: the chain was made anew"));
}

}  // namespace paseto::service
