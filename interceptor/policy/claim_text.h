// Claims as metadata carries them to a handler.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_CLAIM_TEXT_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_CLAIM_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/claims.h"

namespace paseto::interceptor {

// What is wrong with `claim` as the name of a claim to forward; empty when all is well.
std::string CheckClaimToForward(absl::string_view claim);

// The value of a claim, as AuthRule.forward_claims describes it: printable ASCII. nullopt when the token has none.
// REQUIRES: CheckClaimToForward finds nothing wrong.
absl::optional<std::string> ClaimText(const Claims& claims, absl::string_view claim);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_CLAIM_TEXT_H_
