#include "grpc_paseto/service/cli/token_commands.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/yaml/duration_text.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"

namespace paseto::service {
namespace {

absl::Status ReadDuration(absl::string_view option, const std::string& text, google::protobuf::Duration* duration) {
  const absl::optional<absl::Duration> parsed = interceptor::ParseDurationText(text);
  if (!parsed.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(option, ": must be a duration such as 90s, 10m, 1h30m or 7d"));
  }
  SetDuration(*parsed, *duration);
  return absl::OkStatus();
}

void AddToken(absl::string_view name, const v1::IssuedToken& token, Report& report) {
  report.Add(name, token.token());
  report.Add(absl::StrCat(name, "_expires_at"), ToAbslTime(token.expires_at()));
  if (!token.token_id().empty()) report.Add(absl::StrCat(name, "_id"), token.token_id());
}

}  // namespace

absl::StatusOr<v1::IssueRequest> MakeIssueRequest(const IssueOptions& options) {
  v1::IssueRequest request;
  request.set_subject(options.subject);
  request.set_type(options.type);
  request.mutable_audiences()->Assign(options.audiences.begin(), options.audiences.end());
  request.mutable_scopes()->Assign(options.scopes.begin(), options.scopes.end());
  request.set_fresh(options.fresh);
  request.set_custom_claims_json(options.claims_json);
  request.set_implicit_assertion(options.assertion);
  request.set_kind(options.kind);
  request.set_base64_wrapped(options.base64_wrapped);
  request.set_with_refresh_token(options.with_refresh_token);
  request.set_request_id(options.request_id);
  request.set_single_use(options.single_use);
  request.set_session_id(options.session_id);
  if (!options.footer_json.empty() && !options.footer_text.empty()) {
    return absl::InvalidArgumentError("--footer and --footer-text exclude each other");
  }
  if (!options.footer_json.empty()) request.mutable_footer()->set_footer_json(options.footer_json);
  if (!options.footer_text.empty()) request.mutable_footer()->set_footer_text(options.footer_text);
  absl::Status read;
  if (!options.lifetime.empty()) read.Update(ReadDuration("--lifetime", options.lifetime, request.mutable_lifetime()));
  if (!options.session_lifetime.empty()) {
    read.Update(ReadDuration("--session-lifetime", options.session_lifetime, request.mutable_session_lifetime()));
  }
  if (!read.ok()) return read;
  return request;
}

Report DescribeIssued(const v1::IssueResponse& response) {
  Report report;
  AddToken("access_token", response.access_token(), report);
  if (response.has_refresh_token()) AddToken("refresh_token", response.refresh_token(), report);
  if (!response.session_id().empty()) report.Add("session_id", response.session_id());
  return report;
}

Report DescribeRefreshed(const v1::RefreshResponse& response) {
  Report report;
  AddToken("access_token", response.access_token(), report);
  AddToken("refresh_token", response.refresh_token(), report);
  report.Add("session_id", response.session_id());
  return report;
}

Outcome Issue(const IssueOptions& options) {
  const absl::StatusOr<v1::IssueRequest> request = MakeIssueRequest(options);
  if (!request.ok()) return UsageFailure(request.status());
  return Ask(options.server, &v1::TokenService::Stub::Issue, *request, DescribeIssued);
}

Outcome Refresh(const RefreshOptions& options, std::istream& standard_input) {
  absl::StatusOr<std::string> token = ReadToken(options.refresh_token, standard_input);
  if (!token.ok()) return UsageFailure(token.status());
  v1::RefreshRequest request;
  request.set_refresh_token(*std::move(token));
  request.mutable_scopes()->Assign(options.scopes.begin(), options.scopes.end());
  return Ask(options.server, &v1::TokenService::Stub::Refresh, request, DescribeRefreshed);
}

Outcome Consume(const ConsumeOptions& options, std::istream& standard_input) {
  absl::StatusOr<std::string> token = ReadToken(options.token, standard_input);
  if (!token.ok()) return UsageFailure(token.status());
  v1::ConsumeRequest request;
  request.set_token(*std::move(token));
  request.set_type(options.type);
  request.set_implicit_assertion(options.assertion);
  request.set_request_id(options.request_id);
  return Ask(options.server, &v1::TokenService::Stub::Consume, request, [&](const v1::ConsumeResponse& response) {
    Report report;
    report.Add("subject", response.subject());
    report.Add("token_id", response.token_id());
    report.Add("scopes", std::vector<std::string>(response.scopes().begin(), response.scopes().end()));
    report.Add("audiences", std::vector<std::string>(response.audiences().begin(), response.audiences().end()));
    report.Add("issued_at", ToAbslTime(response.issued_at()));
    if (!response.custom_claims_json().empty()) report.AddJson("custom_claims", response.custom_claims_json());
    return report;
  });
}

Outcome Exchange(const ExchangeOptions& options, std::istream& standard_input) {
  absl::StatusOr<std::string> token = ReadToken(options.token, standard_input);
  if (!token.ok()) return UsageFailure(token.status());
  v1::ExchangeRequest request;
  request.set_token(*std::move(token));
  request.mutable_audiences()->Assign(options.audiences.begin(), options.audiences.end());
  request.mutable_scopes()->Assign(options.scopes.begin(), options.scopes.end());
  return Ask(options.server, &v1::TokenService::Stub::Exchange, request, [&](const v1::ExchangeResponse& response) {
    Report report;
    AddToken("access_token", response.access_token(), report);
    return report;
  });
}

}  // namespace paseto::service
