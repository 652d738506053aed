// The command line of tokenctl: arguments in, the command that they ask for out. The only place that knows CLI11, whose
// exceptions end here.
#ifndef GRPC_PASETO_SERVICE_CLI_COMMAND_LINE_H_
#define GRPC_PASETO_SERVICE_CLI_COMMAND_LINE_H_

#include <functional>
#include <istream>

#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/service/cli/outcome.h"

namespace paseto::service {

struct ParsedCommand {
  bool as_json = false;
  std::function<Outcome()> run;  // for help and for wrong arguments: gives the text or the failure
};

// Reads the arguments, and TOKENCTL_SERVER and TOKENCTL_TOKEN_FILE from the environment. `clock` and `standard_input`
// outlive the result. What it says about wrong arguments never repeats a token.
ParsedCommand ParseCommandLine(int argc, const char* const* argv, const Clock& clock, std::istream& standard_input);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_COMMAND_LINE_H_
