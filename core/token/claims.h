// Claims: what a token says, as values (PASETO "Claims", and fastapi-paseto's names for type and fresh).
//
// The same struct is filled to make a token and read after one was verified. Whether to believe it is in the type that
// holds it: only a VerifiedToken's claims are believed.
#ifndef GRPC_PASETO_CORE_TOKEN_CLAIMS_H_
#define GRPC_PASETO_CORE_TOKEN_CLAIMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/ids.h"

namespace paseto {

inline constexpr absl::string_view kAccessType = "access";
inline constexpr absl::string_view kRefreshType = "refresh";
inline constexpr absl::string_view kClientType = "client";

// Limits on a payload; beyond them it is malformed. They hold before anything is built from it.
inline constexpr size_t kMaxPayloadBytes = 64 * 1024;
inline constexpr size_t kMaxPayloadDepth = 16;
inline constexpr size_t kMaxPayloadKeys = 512;

// An empty string, an empty list or nullopt means that the claim is absent.
struct Claims {
  std::string issuer;                     // iss
  std::string subject;                    // sub
  std::vector<std::string> audiences;     // aud: one is written as a string, several as an array
  absl::optional<absl::Time> expires_at;  // exp; whole seconds are written (rounded down)
  absl::optional<absl::Time> not_before;  // nbf
  absl::optional<absl::Time> issued_at;   // iat
  TokenId token_id;                       // jti

  std::string type;                           // type
  absl::optional<bool> fresh;                 // fresh
  SessionId session_id;                       // sid
  absl::optional<uint64_t> generation;        // gen, refresh tokens only, below 2^53
  std::string tag;                            // tag, refresh tokens only: raw bytes, base64url in the payload
  absl::optional<int64_t> revision;           // rev: the feed's head when the token was made, below 2^53
  ClientId client_id;                         // client_id
  std::vector<std::string> scopes;            // scope: one string, separated by single spaces
  absl::optional<absl::Time> auth_time;       // auth_time
  std::string actor_json;                     // act: a JSON object, raw (RFC 8693 section 4.1)
  std::string certificate_thumbprint_sha256;  // cnf x5t#S256: raw bytes, base64url in the payload (RFC 8705)

  // Every other member, as a JSON object text with the members' values byte for byte as they were; empty when none.
  std::string custom_json;

  bool HasScope(absl::string_view scope) const;
  bool HasAudience(absl::string_view audience) const;
};

// True for every name in the struct above; such a name may not be a custom claim.
bool IsReservedClaim(absl::string_view name);

// OK when `json` is a JSON object that may be given as Claims::custom_json.
// Errors: INVALID_ARGUMENT naming the rule that it breaks (syntax, duplicate or reserved name, limits above).
absl::Status CheckCustomClaims(absl::string_view json);

// The payload text for `claims`. Errors: INVALID_ARGUMENT as CheckCustomClaims, for text that is not UTF-8, a scope
// with a space, a date outside the years 1 to 9999, or a payload beyond the limits above.
absl::StatusOr<std::string> EncodeClaims(const Claims& claims);

// The claims of a payload text. Strict: one JSON object, UTF-8, no duplicate name at any depth in any spelling, every
// known claim of its own type, dates in RFC 3339 with upper-case T and Z or a numeric offset.
// Errors: UNAUTHENTICATED with TokenError::kMalformed.
absl::StatusOr<Claims> ParseClaims(absl::string_view payload);

// The same when the payload was made by other software under a key that the operator trusts: our own claims (sid, gen,
// tag, rev, client_id, scope, auth_time, act, cnf) are left out of the result unless `allowed` names them.
// `integer_subject`: sub may also be an integer from 0 to 2^53 - 1, written without sign, fraction and exponent. The
// subject is its decimal text, so that 7 and "7" are one subject.
absl::StatusOr<Claims> ParseForeignClaims(absl::string_view payload, const std::vector<std::string>& allowed,
                                          bool integer_subject = false);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_CLAIMS_H_
