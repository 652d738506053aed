// What a command of tokenctl gives back: a report, or a failure with its exit code. Commands print nothing themselves.
#ifndef GRPC_PASETO_SERVICE_CLI_OUTCOME_H_
#define GRPC_PASETO_SERVICE_CLI_OUTCOME_H_

#include <ostream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/variant.h"
#include "grpc_paseto/service/cli/report.h"

namespace paseto::service {

enum class ExitCode {
  kDone = 0,
  kRefused = 1,      // the server said no, or a token does not verify
  kUsage = 2,        // arguments, files and what stands in them
  kUnreachable = 3,  // no answer from the server
};

struct Failure {
  ExitCode exit = ExitCode::kUsage;
  std::string reason;     // of paseto.v1.Reason, such as "token_expired"; empty when there is none
  std::string message;    // what is wrong
  std::string next_step;  // what to do; may be empty
};

// A failure of the command line or of a file, with the text of `status`.
Failure UsageFailure(const absl::Status& status, std::string next_step = "");
Failure UsageFailure(std::string message, std::string next_step = "");

using Outcome = absl::variant<Report, Failure>;

// For people: the report on `out`, its notes and any failure on `err`. As JSON: one object on `out`, for a failure
// {"error": {"exit_code", "reason", "message", "next_step"}}.
ExitCode Print(const Outcome& outcome, bool as_json, std::ostream& out, std::ostream& err);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_OUTCOME_H_
