#include "grpc_paseto/service/policy/allow_list.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace paseto::service {

absl::Status AllowList::CheckEntry(absl::string_view entry, Prefixes prefixes) {
  if (entry.empty()) return absl::InvalidArgumentError("an entry may not be empty");
  const size_t star = entry.find('*');
  if (star == absl::string_view::npos || entry == "*") return absl::OkStatus();
  if (prefixes == Prefixes::kRefused) {
    return absl::InvalidArgumentError("\"*\" stands for everything and only alone; there are no patterns here");
  }
  if (star != entry.size() - 1) return absl::InvalidArgumentError("\"*\" is allowed only as the last character");
  return absl::OkStatus();
}

absl::StatusOr<AllowList> AllowList::Create(std::vector<std::string> entries, Prefixes prefixes) {
  AllowList list;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (const absl::Status checked = CheckEntry(entries[i], prefixes); !checked.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("[", i, "]: ", checked.message()));
    }
    if (entries[i] == "*") {
      list.everything_ = true;
    } else if (absl::EndsWith(entries[i], "*")) {
      list.prefixes_.emplace_back(absl::StripSuffix(entries[i], "*"));
    } else {
      list.exact_.push_back(std::move(entries[i]));
    }
  }
  std::sort(list.exact_.begin(), list.exact_.end());
  return list;
}

bool AllowList::Allows(absl::string_view name) const {
  if (everything_ || std::binary_search(exact_.begin(), exact_.end(), name)) return true;
  return std::any_of(prefixes_.begin(), prefixes_.end(),
                     [name](const std::string& prefix) { return absl::StartsWith(name, prefix); });
}

}  // namespace paseto::service
