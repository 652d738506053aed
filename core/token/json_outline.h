// The outline of a JSON object: its limits, and where its top-level members lie, found without building anything.
//
// It is exact for text that is JSON, and says nothing about text that is not; whoever uses it parses the text as well.
#ifndef GRPC_PASETO_CORE_TOKEN_JSON_OUTLINE_H_
#define GRPC_PASETO_CORE_TOKEN_JSON_OUTLINE_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace paseto {

struct MemberOutline {
  absl::string_view raw_name;   // quotes included
  absl::string_view raw_value;  // without white space around it
};

// Fills `members`. Errors: INVALID_ARGUMENT for more than `max_depth` levels or `max_keys` names, or text that cannot
// be an object.
absl::Status OutlineObject(absl::string_view text, size_t max_depth, size_t max_keys,
                           std::vector<MemberOutline>* members);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_JSON_OUTLINE_H_
