#include "grpc_paseto/service/cli/outcome.h"

#include "grpc_paseto/core/token/json_object_writer.h"

namespace paseto::service {
namespace {

std::string FailureJson(const Failure& failure) {
  JsonObjectWriter error;
  error.Number("exit_code", static_cast<uint64_t>(failure.exit));
  error.String("reason", failure.reason);
  error.String("message", Printable(failure.message));
  error.String("next_step", Printable(failure.next_step));
  JsonObjectWriter whole;
  whole.Raw("error", *std::move(error).Finish());  // Printable leaves nothing but valid text
  return *std::move(whole).Finish();
}

void PrintFailure(const Failure& failure, std::ostream& err) {
  err << "tokenctl: ";
  if (!failure.reason.empty()) err << failure.reason << ": ";
  err << Printable(failure.message) << "\n";
  if (!failure.next_step.empty()) err << Printable(failure.next_step) << "\n";
}

}  // namespace

Failure UsageFailure(const absl::Status& status, std::string next_step) {
  return UsageFailure(std::string(status.message()), std::move(next_step));
}

Failure UsageFailure(std::string message, std::string next_step) {
  return Failure{ExitCode::kUsage, "", std::move(message), std::move(next_step)};
}

ExitCode Print(const Outcome& outcome, bool as_json, std::ostream& out, std::ostream& err) {
  if (const Failure* failure = absl::get_if<Failure>(&outcome)) {
    if (as_json) {
      out << FailureJson(*failure) << "\n";
    } else {
      PrintFailure(*failure, err);
    }
    return failure->exit;
  }
  const Report& report = absl::get<Report>(outcome);
  if (as_json) {
    out << report.Json() << "\n";
  } else {
    out << report.Text();
    for (const std::string& note : report.notes()) err << Printable(note) << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace paseto::service
