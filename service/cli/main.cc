// tokenctl: keys, clients and tokens of tokend on the command line.
#include <iostream>

#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/service/cli/command_line.h"

int main(int argc, char** argv) {
  const paseto::SystemClock clock;
  const paseto::service::ParsedCommand command = paseto::service::ParseCommandLine(argc, argv, clock, std::cin);
  const paseto::service::ExitCode code = paseto::service::Print(command.run(), command.as_json, std::cout, std::cerr);
  return static_cast<int>(code);
}
