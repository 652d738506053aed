#include "grpc_paseto/service/log/rpc_log.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::service {
namespace {

constexpr absl::string_view kPackage = "/paseto.v1.";
constexpr absl::string_view kLogsItself = "/paseto.v1.TokenService/";

// What operators have to act on stands out.
LogSeverity SeverityOf(absl::StatusCode code, v1::Reason reason) {
  if (code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnavailable) return LogSeverity::kError;
  if (reason == v1::REASON_REFRESH_REUSED || reason == v1::REASON_STORE_ROLLED_BACK) return LogSeverity::kWarn;
  return LogSeverity::kInfo;
}

absl::string_view MethodName(absl::string_view method) {
  if (method.empty()) return "unknown";
  return absl::StripPrefix(absl::StripPrefix(method, kPackage), "/");
}

void WriteGuardLine(const JsonLog& log, absl::string_view method, absl::StatusCode code, absl::string_view reason,
                    int64_t left_out = 0) {
  const std::string code_name = absl::StatusCodeToString(code);
  std::vector<LogField> fields = {{"rpc", MethodName(method)}, {"code", absl::string_view(code_name)}};
  if (!reason.empty()) fields.push_back({"reason", reason});
  if (left_out > 0) fields.push_back({"left_out", left_out});
  log.Write(SeverityOf(code, v1::REASON_UNSPECIFIED), fields);
}

}  // namespace

void RpcLog::Write(const RpcLine& line) const {
  if (meter_ != nullptr) meter_->OnAnswered(line);
  const v1::Reason reason = interceptor::ReasonOf(line.status.message());
  const LogSeverity severity = SeverityOf(line.status.code(), reason);
  if (!log_.Writes(severity)) return;
  const std::string code = absl::StatusCodeToString(line.status.code());
  std::vector<LogField> fields = {{"rpc", line.rpc}};
  if (!line.client.empty()) fields.push_back({"client", absl::string_view(line.client)});
  fields.push_back({"code", absl::string_view(code)});
  if (reason != v1::REASON_UNSPECIFIED) fields.push_back({"reason", interceptor::ReasonName(reason)});
  if (!line.cause.empty()) fields.push_back({"cause", absl::string_view(line.cause)});
  if (line.status.ok() && !line.outcome.empty()) fields.push_back({"outcome", line.outcome});
  fields.push_back({"duration_us", int64_t{line.duration.count()}});
  log_.Write(severity, fields);
}

void GuardLog::OnAllowed(absl::string_view method, bool /*anonymous*/, bool /*was_cached*/) {
  if (absl::StartsWith(method, kLogsItself)) return;
  WriteGuardLine(log_, method, absl::StatusCode::kOk, "");
}

void GuardLog::OnRefused(absl::string_view method, v1::Reason reason) {
  if (meter_ != nullptr) meter_->OnGuardRefusal(MethodName(method), interceptor::ReasonName(reason));
  const absl::optional<int64_t> left_out = refusals_.Take(MethodName(method), reason, clock_.SinceBoot());
  if (!left_out.has_value()) return;
  WriteGuardLine(log_, method, interceptor::ReasonCode(reason), interceptor::ReasonName(reason), *left_out);
}

void GuardLog::OnStreamEnded(absl::string_view method, v1::Reason reason) {
  WriteGuardLine(log_, method, interceptor::ReasonCode(reason), interceptor::ReasonName(reason));
}

void GuardLog::OnStaleTrustUsed(absl::string_view method) {
  log_.Message(LogSeverity::kWarn, "a call was judged by stale trust data", {{"rpc", MethodName(method)}});
}

}  // namespace paseto::service
