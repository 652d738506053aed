// PolicyTable: the rule of every method of one server.
//
// Built when the server starts, and again when its policy file changes, from the registered services: rules from code,
// then from the policy file, then the options of paseto/v1/auth.proto on method, service and file; the first level that
// has a rule supplies the whole rule.
//
// Threads: immutable.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_POLICY_TABLE_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_POLICY_TABLE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "grpc_paseto/interceptor/policy/compiled_rule.h"
#include "grpc_paseto/interceptor/policy/method_names.h"
#include "grpc_paseto/interceptor/policy/rule_source.h"
#include "paseto/v1/auth.pb.h"

namespace paseto::interceptor {

struct PolicySources {
  std::vector<std::string> services;  // what the server registers: "package.Service"
  // "package.Service/Method" or "package.Service/*".
  absl::flat_hash_map<std::string, v1::AuthRule> code_rules;
  PlacedRules file_rules;
  bool serves_every_method = false;  // a generic service takes what the others do not
  RuleDefaults defaults;
  // The names of the methods; the table keeps it alive.
  std::shared_ptr<MethodNames> names = std::make_shared<MethodNames>();
  // Of the tables that this one replaces: calls that they let pass may still ask who called.
  std::vector<CredentialShape> earlier_shapes = {};
};

class PolicyTable {
 public:
  struct Match {
    const CompiledRule* rule = nullptr;
    // The path (of the service alone where methods are unknown), as kept by `names`; empty for a method that the server
    // does not have.
    absl::string_view method;
  };

  // Errors: FAILED_PRECONDITION naming every problem, one a line: rules that contradict themselves, rules from code or
  // file that name nothing registered, server reflection or channelz without a rule of either kind, a metadata key and
  // prefix where no earlier table took credentials (what callers send there was not judged yet).
  static absl::StatusOr<std::unique_ptr<const PolicyTable>> Create(const PolicySources& sources);

  // The rule of "/package.Service/Method". Never a null rule: what is not known needs a valid access token.
  Match Find(absl::string_view path) const;

  // Every different way in which some method takes its credential, or took it under an earlier table.
  absl::Span<const CredentialShape* const> shapes() const { return shapes_; }
  // The metadata keys of those, each once.
  absl::Span<const std::string> credential_keys() const { return credential_keys_; }
  // Metadata keys under which some method's handler sees claims, each once: no client may fill them.
  absl::Span<const std::string> forwarded_keys() const { return forwarded_keys_; }
  // True when some rule gives its handler other metadata than what came.
  bool any_changes_metadata() const { return any_changes_metadata_; }

 private:
  friend class PolicyTableBuilder;
  PolicyTable() = default;

  std::shared_ptr<MethodNames> names_;
  absl::flat_hash_map<absl::string_view, const CompiledRule*> methods_;   // by path
  absl::flat_hash_map<absl::string_view, const CompiledRule*> services_;  // by "/package.Service": unknown methods
  const CompiledRule* default_rule_ = nullptr;
  std::vector<std::unique_ptr<const CompiledRule>> rules_;
  std::vector<CredentialShape> earlier_shapes_;
  std::vector<const CredentialShape*> shapes_;
  std::vector<std::string> credential_keys_;
  std::vector<std::string> forwarded_keys_;
  bool any_changes_metadata_ = false;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_POLICY_TABLE_H_
