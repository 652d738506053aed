#include "grpc_paseto/service/cli/revocation_commands.h"

#include <utility>
#include <vector>

#include "grpc_paseto/service/lifecycle/timestamps.h"

namespace paseto::service {

absl::StatusOr<v1::RevokeRequest> MakeRevokeRequest(const RevokeOptions& options, std::istream& standard_input) {
  const bool by_token = !options.token.argument.empty() || !options.token.file.empty();
  const int ways = by_token + !options.session_id.empty() + !options.subject.empty() + !options.client_id.empty() +
                   !options.key_id.empty() + options.everything;
  if (ways != 1) {
    return absl::InvalidArgumentError(
        "say what to revoke in one way: a token, --session ID, --subject NAME, --client ID, --key ID, or --everything");
  }
  if (!by_token && (options.whole_session || !options.assertion.empty())) {
    return absl::InvalidArgumentError("--whole-session and --assertion go with a token only");
  }
  v1::RevokeRequest request;
  if (!options.session_id.empty()) request.set_session_id(options.session_id);
  if (!options.subject.empty()) request.set_subject(options.subject);
  if (!options.client_id.empty()) request.set_client_id(options.client_id);
  if (!options.key_id.empty()) request.set_key_id(options.key_id);
  if (options.everything) request.mutable_everything();
  if (by_token) {
    absl::StatusOr<std::string> token = ReadToken(options.token, standard_input);
    if (!token.ok()) return token.status();
    request.set_token(*std::move(token));
    request.set_whole_session(options.whole_session);
    request.set_implicit_assertion(options.assertion);
  }
  return request;
}

Outcome Revoke(const RevokeOptions& options, std::istream& standard_input) {
  const absl::StatusOr<v1::RevokeRequest> request = MakeRevokeRequest(options, standard_input);
  if (!request.ok()) return UsageFailure(request.status());
  return Ask(options.server, &v1::TokenService::Stub::Revoke, *request, [&](const v1::RevokeResponse& response) {
    Report report;
    report.Add("revision", int64_t{response.revision()});
    report.Note(response.revision() == 0 ? "There was nothing left to revoke."
                                         : "In force at every verifier that has seen this revision of the trust feed.");
    return report;
  });
}

Outcome DisableSubject(const SubjectOptions& options) {
  v1::DisableSubjectRequest request;
  request.set_subject(options.subject);
  return Ask(options.server, &v1::TokenService::Stub::DisableSubject, request,
             [&](const v1::DisableSubjectResponse& response) {
               Report report;
               report.Add("subject", options.subject);
               report.Add("revision", int64_t{response.revision()});
               report.Note("What it held is revoked, and it gets no tokens until tokenctl subject enable.");
               return report;
             });
}

Outcome EnableSubject(const SubjectOptions& options) {
  v1::EnableSubjectRequest request;
  request.set_subject(options.subject);
  return Ask(options.server, &v1::TokenService::Stub::EnableSubject, request,
             [&](const v1::EnableSubjectResponse& response) {
               Report report;
               report.Add("subject", options.subject);
               report.Add("was_disabled", response.was_disabled());
               return report;
             });
}

Report DescribeIntrospected(const v1::IntrospectResponse& response) {
  Report report;
  report.Add("active", response.active());
  if (!response.active()) return report;
  report.Add("subject", response.subject());
  report.Add("type", response.type());
  report.Add("client_id", response.client_id());
  report.Add("session_id", response.session_id());
  report.Add("token_id", response.token_id());
  report.Add("scopes", std::vector<std::string>(response.scopes().begin(), response.scopes().end()));
  report.Add("audiences", std::vector<std::string>(response.audiences().begin(), response.audiences().end()));
  report.Add("issuer", response.issuer());
  report.Add("expires_at", ToAbslTime(response.expires_at()));
  report.Add("issued_at", ToAbslTime(response.issued_at()));
  if (response.has_authenticated_at()) report.Add("authenticated_at", ToAbslTime(response.authenticated_at()));
  report.Add("fresh", response.fresh());
  if (!response.custom_claims_json().empty()) report.AddJson("custom_claims", response.custom_claims_json());
  return report;
}

Outcome Introspect(const IntrospectOptions& options, std::istream& standard_input) {
  absl::StatusOr<std::string> token = ReadToken(options.token, standard_input);
  if (!token.ok()) return UsageFailure(token.status());
  v1::IntrospectRequest request;
  request.set_token(*std::move(token));
  request.set_implicit_assertion(options.assertion);
  return Ask(options.server, &v1::TokenService::Stub::Introspect, request, DescribeIntrospected);
}

}  // namespace paseto::service
