// PolicyFile: rules from a YAML file (paseto/v1/policy_file.proto), read again when it changes.
//
// A file that has become unreadable or wrong, or that a server which follows it cannot take, keeps the old rules there;
// the next good version replaces them.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_YAML_POLICY_FILE_H_
#define GRPC_PASETO_INTERCEPTOR_YAML_POLICY_FILE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc_paseto/interceptor/policy/rule_source.h"

namespace paseto::interceptor {

struct PolicyFileOptions {
  std::string path;                                 // required; at most 1 MiB
  absl::Duration poll_interval = absl::Seconds(1);  // how often the file's time and size are looked at; more than 0
  // Optional: told, on a thread of the source, when a changed file has been read: OK when its rules are in force, or
  // why they are not. It must not call the source.
  std::function<void(const absl::Status&)> on_reload = nullptr;
};

// The rules in the text of a policy file; `name` stands for it in their places and in messages.
// Errors: INVALID_ARGUMENT naming every problem, one a line, with its line; never a value.
absl::StatusOr<PlacedRules> ParsePolicyFile(absl::string_view name, absl::string_view yaml);

// For GuardedServerBuilder::SetRuleFile.
// Errors: NOT_FOUND, PERMISSION_DENIED or INVALID_ARGUMENT for the first reading, naming the path and the faults.
absl::StatusOr<std::shared_ptr<RuleSource>> RulesFromPolicyFile(PolicyFileOptions options);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_YAML_POLICY_FILE_H_
