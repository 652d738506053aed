// MethodNames: each name of a method once, at an address that stays the same from policy to policy.
//
// Threads: Keep is called by one thread at a time; what it gave may be read by any.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_METHOD_NAMES_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_METHOD_NAMES_H_

#include <string>
#include <utility>

#include "absl/container/node_hash_set.h"
#include "absl/strings/string_view.h"

namespace paseto::interceptor {

class MethodNames {
 public:
  // The kept copy of `name`; it lives as long as this object.
  absl::string_view Keep(std::string name) { return *names_.insert(std::move(name)).first; }

 private:
  absl::node_hash_set<std::string> names_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_METHOD_NAMES_H_
