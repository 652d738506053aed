// PIE, PASERK's wrapping protocol (PASERK "Wrap", "PIE"), on bytes: for the files that know a version's key types.
//
// Suite is PaserkSuite4 (versions 2 and 4) or PaserkSuite3 (versions 1 and 3); `h` is the header of the text.
#ifndef GRPC_PASETO_CORE_PASETO_PASERK_PIE_H_
#define GRPC_PASETO_CORE_PASETO_PASERK_PIE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/paserk_suite.h"
#include "grpc_paseto/core/paseto/paserk_text.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"

namespace paseto {

// The text of `ptk` under `wk`. REQUIRES: neither was moved from.
template <typename Suite>
std::string PieWrap(absl::string_view h, const SecretBytes& wk, const SecretBytes& ptk);

// The bytes under `wk` in `text`.
// Errors: INVALID_ARGUMENT when `text` is of another header or size; UNAUTHENTICATED when the tag differs. The tag is
// compared, in constant time, before anything is decrypted.
template <typename Suite>
absl::StatusOr<SecretBytes> PieUnwrap(absl::string_view h, const SecretBytes& wk, PaserkSize ptk,
                                      absl::string_view text);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PASERK_PIE_H_
