// The known name that a misspelt one was probably meant to be.
#ifndef GRPC_PASETO_INTERCEPTOR_YAML_NEAREST_NAME_H_
#define GRPC_PASETO_INTERCEPTOR_YAML_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace paseto::interceptor {

// The name in `known` with the fewest edits (insert, delete, replace a character) from `name`, if these are at most a
// third of its length, rounded up; empty when none is so near.
std::string NearestName(absl::string_view name, const std::vector<std::string>& known);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_YAML_NEAREST_NAME_H_
