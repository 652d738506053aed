// Policy files: a text is refused with the lines of its faults, or gives rules that make a table, or problems that name
// their lines; and a reload to it keeps the old table or replaces it.
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/interceptor/policy/policy_table.h"
#include "grpc_paseto/interceptor/yaml/policy_file.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"
#include "paseto/v1/token_service.pb.h"

namespace paseto::interceptor {
namespace {

constexpr char kName[] = "policy.yaml";

PolicySources SourcesWith(PlacedRules rules) {
  PolicySources sources;
  sources.services = {"paseto.v1.TokenService"};
  sources.file_rules = std::move(rules);
  sources.serves_every_method = true;
  sources.defaults = {"https://id.test", "test", absl::ZeroDuration()};
  return sources;
}

void CheckProblems(const absl::Status& status, absl::StatusCode code) {
  PASETO_CHECK(status.code() == code && !status.message().empty());
}

void CheckPolicyFile(absl::string_view text) {
  const absl::StatusOr<PlacedRules> rules = ParsePolicyFile(kName, text);
  if (!rules.ok()) {
    CheckProblems(rules.status(), absl::StatusCode::kInvalidArgument);
    for (const absl::string_view line : absl::StrSplit(rules.status().message(), '\n')) {
      PASETO_CHECK(absl::StartsWith(line, kName));
    }
    return;
  }
  PolicySources sources = SourcesWith(*rules);
  const auto table = PolicyTable::Create(sources);
  if (!table.ok()) return CheckProblems(table.status(), absl::StatusCode::kFailedPrecondition);
  for (const auto& [name, placed] : *rules) {
    PASETO_CHECK(absl::StartsWith(placed.place, kName));
    PASETO_CHECK((*table)->Find("/" + name).rule != nullptr);
  }
  static const auto& first = *new std::unique_ptr<const PolicyTable>(PolicyTable::Create(SourcesWith({})).value());
  for (const CredentialShape* shape : first->shapes()) sources.earlier_shapes.push_back(*shape);
  const auto reloaded = PolicyTable::Create(sources);
  if (!reloaded.ok()) return CheckProblems(reloaded.status(), absl::StatusCode::kFailedPrecondition);
  PASETO_CHECK((*reloaded)->shapes().size() >= first->shapes().size());
}

}  // namespace
}  // namespace paseto::interceptor

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::v1::IssueRequest::descriptor();  // its file's services are known to the table
  paseto::interceptor::CheckPolicyFile(paseto::FuzzText(data, size));
  return 0;
}
