// RuleSource: rules that stand outside the program, such as a policy file, and may change while it runs.
//
// They stand between the rules from code and the options in .proto files.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_RULE_SOURCE_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_RULE_SOURCE_H_

#include <functional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "paseto/v1/auth.pb.h"

namespace paseto::interceptor {

struct PlacedRule {
  v1::AuthRule rule;
  std::string place;  // "policy.yaml:12", for messages
};

// By "package.Service/Method" or "package.Service/*".
using PlacedRules = absl::flat_hash_map<std::string, PlacedRule>;

class RuleSource {
 public:
  virtual ~RuleSource() = default;

  // Gives the present rules to `take`, and again each time that they have changed. What `take` refuses is not in force:
  // the rules before stay, and the source tells its owner why. Gives a number for Unfollow.
  // Errors: those of the first `take`, which is then not kept.
  virtual absl::StatusOr<int> Follow(std::function<absl::Status(const PlacedRules&)> take) = 0;
  // Ends what Follow began; `take` is not running when this returns.
  virtual void Unfollow(int number) = 0;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_RULE_SOURCE_H_
