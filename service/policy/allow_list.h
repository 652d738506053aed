// AllowList: the names that a policy allows: exact ones, every name ("*"), and, where asked for, prefixes ("user:*").
//
// Threads: immutable.
#ifndef GRPC_PASETO_SERVICE_POLICY_ALLOW_LIST_H_
#define GRPC_PASETO_SERVICE_POLICY_ALLOW_LIST_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace paseto::service {

class AllowList {
 public:
  enum class Prefixes { kRefused, kAllowed };

  // OK for an entry that a list may hold. Errors: INVALID_ARGUMENT for an empty one, and for a "*" that is neither the
  // whole entry nor, with kAllowed, its last character.
  static absl::Status CheckEntry(absl::string_view entry, Prefixes prefixes);

  AllowList() = default;  // allows nothing
  // `entries` is a list or a repeated field of strings. Errors: those of CheckEntry, naming the entry's index.
  template <typename Strings>
  static absl::StatusOr<AllowList> Create(const Strings& entries, Prefixes prefixes) {
    return Create(std::vector<std::string>(entries.begin(), entries.end()), prefixes);
  }
  static absl::StatusOr<AllowList> Create(std::vector<std::string> entries, Prefixes prefixes);

  bool Allows(absl::string_view name) const;

 private:
  bool everything_ = false;
  std::vector<std::string> exact_;     // sorted
  std::vector<std::string> prefixes_;  // without the "*"
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_POLICY_ALLOW_LIST_H_
