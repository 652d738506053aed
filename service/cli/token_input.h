// Where a token that a command works on comes from, so that it need not stand in the list of processes.
#ifndef GRPC_PASETO_SERVICE_CLI_TOKEN_INPUT_H_
#define GRPC_PASETO_SERVICE_CLI_TOKEN_INPUT_H_

#include <istream>
#include <string>

#include "absl/status/statusor.h"

namespace paseto::service {

// Exactly one of the two is given.
struct TokenInput {
  std::string argument;  // the token itself, or "-" for standard input
  std::string file;      // a file that holds it
};

// The token's text without white space around it.
// Errors: INVALID_ARGUMENT for none, two, an empty one, one over 128 KiB, or one with white space or control characters
// inside; as the system says for a file. Never with token text.
absl::StatusOr<std::string> ReadToken(const TokenInput& input, std::istream& standard_input);

// The same for a file alone.
absl::StatusOr<std::string> ReadTokenFile(const std::string& path);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_TOKEN_INPUT_H_
