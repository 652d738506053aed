// PolicyTable: the rule of every method of one server.
//
// Built once, when the server starts, from the registered services: rules from code, then the options of
// paseto/v1/auth.proto on method, service and file; the first level that has a rule supplies the whole rule.
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
#include "paseto/v1/auth.pb.h"

namespace paseto::interceptor {

struct PolicySources {
  std::vector<std::string> services;  // what the server registers: "package.Service"
  // "package.Service/Method" or "package.Service/*".
  absl::flat_hash_map<std::string, v1::AuthRule> code_rules;
  bool serves_every_method = false;  // a generic service takes what the others do not
  RuleDefaults defaults;
};

class PolicyTable {
 public:
  struct Match {
    const CompiledRule* rule = nullptr;
    // The table's own copy of the path (of the service alone where methods are unknown); empty for a method that the
    // server does not have.
    absl::string_view method;
  };

  // Errors: FAILED_PRECONDITION naming every problem, one a line: rules that contradict themselves, rules from code
  // that name nothing registered, server reflection or channelz without a rule from code.
  static absl::StatusOr<std::unique_ptr<const PolicyTable>> Create(const PolicySources& sources);

  // The rule of "/package.Service/Method". Never a null rule: what is not known needs a valid access token.
  Match Find(absl::string_view path) const;

  // Every different way in which some method takes its credential.
  absl::Span<const CredentialShape* const> shapes() const { return shapes_; }
  // The metadata keys of those, each once.
  absl::Span<const std::string> credential_keys() const { return credential_keys_; }

 private:
  friend class PolicyTableBuilder;
  PolicyTable() = default;

  absl::flat_hash_map<std::string, const CompiledRule*> methods_;   // by path
  absl::flat_hash_map<std::string, const CompiledRule*> services_;  // by "/package.Service", where methods are unknown
  const CompiledRule* default_rule_ = nullptr;
  std::vector<std::unique_ptr<const CompiledRule>> rules_;
  std::vector<const CredentialShape*> shapes_;
  std::vector<std::string> credential_keys_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_POLICY_TABLE_H_
