// The versions and purposes of PASETO tokens, as types.
#ifndef GRPC_PASETO_CORE_PASETO_FORMAT_H_
#define GRPC_PASETO_CORE_PASETO_FORMAT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace paseto {

enum class Version { kV4 };
enum class Purpose { kLocal, kPublic };

// A version and a purpose, such as v4.public.
struct TokenKind {
  Version version = Version::kV4;
  Purpose purpose = Purpose::kPublic;

  friend bool operator==(const TokenKind&, const TokenKind&) = default;
};

inline constexpr TokenKind kV4Public{Version::kV4, Purpose::kPublic};
inline constexpr TokenKind kV4Local{Version::kV4, Purpose::kLocal};

// "v4.public". The view lives for ever.
absl::string_view TokenKindName(TokenKind kind);
// The kind that `name` names. Errors: INVALID_ARGUMENT for anything but a name that TokenKindName gives.
absl::StatusOr<TokenKind> ParseTokenKind(absl::string_view name);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_FORMAT_H_
