// The claims that have a field in Claims: name, form, and how the field is filled.
#ifndef GRPC_PASETO_CORE_TOKEN_CLAIM_READER_H_
#define GRPC_PASETO_CORE_TOKEN_CLAIM_READER_H_

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/core/token/strict_json.h"

namespace paseto {

struct ClaimReader {
  absl::string_view name;
  absl::string_view form;  // "a string": completes the sentence "the claim ... is not ..."
  bool is_own;             // a claim of this project's, not believed from foreign tokens
  // False when the value does not have that form.
  bool (*read)(const JsonMember& member, Claims* claims);
};

// Null for a name without a field. `integer_subject`: sub may also be an integer, whose decimal text is the subject.
const ClaimReader* FindClaimReader(absl::string_view name, bool integer_subject = false);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_CLAIM_READER_H_
