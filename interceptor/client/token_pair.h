// TokenPair: what a client of TokenService holds; and TokenPairFile, where it survives a restart.
#ifndef GRPC_PASETO_INTERCEPTOR_CLIENT_TOKEN_PAIR_H_
#define GRPC_PASETO_INTERCEPTOR_CLIENT_TOKEN_PAIR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "paseto/v1/token_service.pb.h"

namespace paseto::client {

struct TokenPair {
  std::string access_token;
  absl::Time access_expires_at = absl::InfinitePast();
  std::string refresh_token;

  friend bool operator==(const TokenPair&, const TokenPair&) = default;
};

// The pair in an answer of TokenService.
TokenPair PairOf(const v1::IssueResponse& response);
TokenPair PairOf(const v1::RefreshResponse& response);

// The pair in a file that only its owner can read: three lines, the access token, its expiry (RFC 3339) and the refresh
// token. A crash leaves the old pair or the new one, never a part. One process at a time may use a file: whoever
// presents an old refresh token is taken for a thief.
// Errors: NOT_FOUND, PERMISSION_DENIED, UNAVAILABLE, each naming the path; INVALID_ARGUMENT for other content.
absl::StatusOr<TokenPair> LoadTokenPair(const std::string& path);
absl::Status SaveTokenPair(const TokenPair& pair, const std::string& path);

}  // namespace paseto::client

#endif  // GRPC_PASETO_INTERCEPTOR_CLIENT_TOKEN_PAIR_H_
