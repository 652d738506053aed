#include "grpc_paseto/core/token/token_error.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace paseto {
namespace {

constexpr absl::string_view kPayloadUrl = "grpc-paseto/token-error";

}  // namespace

bool IsInvalid(TokenError error) { return error <= TokenError::kSignatureInvalid; }

absl::Status MakeTokenError(TokenError error, absl::string_view message) {
  const absl::StatusCode code =
      error == TokenError::kScopeMissing ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kUnauthenticated;
  absl::Status status(code, message);
  status.SetPayload(kPayloadUrl, absl::Cord(absl::StrCat(static_cast<int>(error))));
  return status;
}

absl::optional<TokenError> GetTokenError(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  int number = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &number)) return absl::nullopt;
  if (number < static_cast<int>(TokenError::kMalformed) || number > static_cast<int>(TokenError::kRevoked)) {
    return absl::nullopt;
  }
  return static_cast<TokenError>(number);
}

}  // namespace paseto
