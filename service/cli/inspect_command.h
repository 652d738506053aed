// tokenctl inspect: what a token contains, without a server.
#ifndef GRPC_PASETO_SERVICE_CLI_INSPECT_COMMAND_H_
#define GRPC_PASETO_SERVICE_CLI_INSPECT_COMMAND_H_

#include <istream>
#include <string>

#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/service/cli/outcome.h"
#include "grpc_paseto/service/cli/token_input.h"

namespace paseto::service {

struct InspectOptions {
  TokenInput token;
  std::string keys_file;  // empty: show without verifying
  std::string assertion;  // with keys_file: the implicit assertion that the token was issued with
  bool base64_wrapped = false;
};

// Without keys: kind, footer and, for a public one, the claims, marked as unverified. With keys: the claims of a token
// whose bytes are genuine, and where it stands in its time. Says nothing about revocation, which takes the server.
// Fails with kRefused for a text that is not a token, and for one that does not verify.
Outcome Inspect(const InspectOptions& options, const Clock& clock, std::istream& standard_input);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_INSPECT_COMMAND_H_
