// The versions and purposes of PASETO tokens, as types, and the frame of a token text (PASETO Common, "Token format").
#ifndef GRPC_PASETO_CORE_PASETO_FORMAT_H_
#define GRPC_PASETO_CORE_PASETO_FORMAT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace paseto {

// kV1 and kV2 are legacy: deprecated, read only where they are named, written only by core/legacy.
enum class Version { kV1, kV2, kV3, kV4 };
enum class Purpose { kLocal, kPublic };

// A version and a purpose, such as v4.public.
struct TokenKind {
  Version version = Version::kV4;
  Purpose purpose = Purpose::kPublic;

  friend bool operator==(const TokenKind&, const TokenKind&) = default;
};

inline constexpr TokenKind kV1Public{Version::kV1, Purpose::kPublic};
inline constexpr TokenKind kV1Local{Version::kV1, Purpose::kLocal};
inline constexpr TokenKind kV2Public{Version::kV2, Purpose::kPublic};
inline constexpr TokenKind kV2Local{Version::kV2, Purpose::kLocal};
inline constexpr TokenKind kV3Public{Version::kV3, Purpose::kPublic};
inline constexpr TokenKind kV3Local{Version::kV3, Purpose::kLocal};
inline constexpr TokenKind kV4Public{Version::kV4, Purpose::kPublic};
inline constexpr TokenKind kV4Local{Version::kV4, Purpose::kLocal};

// "v4.public.": the header of every token of the kind, trailing period included. The view lives for ever.
absl::string_view TokenHeader(TokenKind kind);
// "v4.public". The view lives for ever.
absl::string_view TokenKindName(TokenKind kind);
constexpr bool IsLegacy(TokenKind kind) { return kind.version == Version::kV1 || kind.version == Version::kV2; }

// The kind that `name` names. Errors: INVALID_ARGUMENT for anything but a name that TokenKindName gives, and for legacy
// kinds, of which the message says so.
absl::StatusOr<TokenKind> ParseTokenKind(absl::string_view name);
// As ParseTokenKind, with the legacy kinds beside the others: for a list in which a person names what is accepted (a
// rule), and for whoever has such a list.
absl::StatusOr<TokenKind> ParseTokenKindAllowingLegacy(absl::string_view name);

// The token text: header, base64url of `body` and, when `footer` is not empty, a period and base64url of `footer`.
std::string EncodeToken(TokenKind kind, absl::string_view body, absl::string_view footer);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_FORMAT_H_
