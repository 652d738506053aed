#include "grpc_paseto/service/api/orders.h"

#include <string>

#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/service/api/field_rules.h"
#include "grpc_paseto/service/api/limits.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/lifecycle/timestamps.h"

namespace paseto::service {
namespace {

std::string TypeOf(const v1::IssueRequest& request) {
  return request.type().empty() ? std::string(kAccessType) : request.type();
}

std::string KindOf(const v1::IssueRequest& request) {
  return request.kind().empty() ? std::string(TokenKindName(kV4Public)) : request.kind();
}

size_t ContentSize(const v1::Footer& footer) {
  return footer.footer_json().size() + footer.footer_text().size() + footer.footer_bytes().size();
}

void CheckFooter(const v1::Footer& footer, FieldRules& rules) {
  rules.Check(footer.content_case() != v1::Footer::CONTENT_NOT_SET, "footer",
              "must have one of footer_json, footer_text and footer_bytes; leave it out for none");
  rules.Check(ContentSize(footer) > 0 && ContentSize(footer) <= kLongestFooterContent, "footer",
              "must be 1 to 4096 bytes");
}

absl::Status CheckIssue(const v1::IssueRequest& request) {
  const std::string type = TypeOf(request);
  FieldRules rules;
  rules.Length("subject", request.subject(), 1, kLongestSubject);
  rules.Length("type", type, 1, kLongestType);
  rules.Check(type != kRefreshType && type != kClientType, "type", "must not be refresh or client");
  rules.EachLength("audiences", request.audiences(), kMostRequestedAudiences, kLongestAudience);
  rules.Scopes(request.scopes());
  if (request.has_lifetime()) rules.AtLeastOneSecond("lifetime", request.lifetime());
  rules.Length("custom_claims_json", request.custom_claims_json(), 0, kLongestCustomClaims);
  if (!request.custom_claims_json().empty()) {
    rules.Check(CheckCustomClaims(request.custom_claims_json()), "custom_claims_json");
  }
  if (request.has_footer()) CheckFooter(request.footer(), rules);
  rules.Length("implicit_assertion", request.implicit_assertion(), 0, kLongestImplicitAssertion);
  rules.Check(ParseTokenKind(KindOf(request)).ok(), "kind", "must be v4.public or v4.local");
  rules.Check(!request.with_refresh_token() || type == kAccessType, "with_refresh_token",
              "needs the type access; tokens of other types have no session");
  if (request.has_session_lifetime()) {
    rules.Check(request.with_refresh_token(), "session_lifetime", "needs with_refresh_token");
    rules.AtLeastOneSecond("session_lifetime", request.session_lifetime());
  }
  if (request.has_not_before()) rules.IsInstant("not_before", request.not_before());
  return rules.status();
}

Grant GrantOf(const v1::IssueRequest& request) {
  Grant grant;
  *grant.mutable_audiences() = request.audiences();
  *grant.mutable_scopes() = request.scopes();
  grant.set_custom_claims_json(request.custom_claims_json());
  if (request.has_footer()) *grant.mutable_footer() = request.footer();
  if (request.has_lifetime()) *grant.mutable_lifetime() = request.lifetime();
  grant.set_kind(KindOf(request));
  grant.set_base64_wrapped(request.base64_wrapped());
  if (request.has_not_before()) *grant.mutable_not_before() = request.not_before();
  return grant;
}

}  // namespace

absl::StatusOr<IssueOrder> OrderOf(const v1::IssueRequest& request, const ClientId& caller) {
  if (absl::Status status = CheckIssue(request); !status.ok()) return status;
  IssueOrder order;
  order.client = caller;
  order.subject = request.subject();
  order.type = TypeOf(request);
  order.grant = GrantOf(request);
  order.fresh = request.fresh();
  order.implicit_assertion = request.implicit_assertion();
  order.with_refresh_token = request.with_refresh_token();
  if (request.has_session_lifetime()) order.session_lifetime = ToAbslDuration(request.session_lifetime());
  return order;
}

absl::StatusOr<RefreshOrder> OrderOf(const v1::RefreshRequest& request, const ClientId& caller) {
  FieldRules rules;
  rules.Length("refresh_token", request.refresh_token(), 1, kLongestPresentedToken);
  rules.Scopes(request.scopes());
  rules.Length("implicit_assertion", request.implicit_assertion(), 0, kLongestImplicitAssertion);
  if (!rules.status().ok()) return rules.status();
  RefreshOrder order;
  order.caller = caller;
  order.refresh_token = request.refresh_token();
  order.scopes.assign(request.scopes().begin(), request.scopes().end());
  order.implicit_assertion = request.implicit_assertion();
  return order;
}

absl::StatusOr<IntrospectOrder> OrderOf(const v1::IntrospectRequest& request, const ClientId& caller) {
  FieldRules rules;
  rules.Length("token", request.token(), 1, kLongestPresentedToken);
  rules.Length("implicit_assertion", request.implicit_assertion(), 0, kLongestImplicitAssertion);
  if (!rules.status().ok()) return rules.status();
  return IntrospectOrder{caller, request.token(), request.implicit_assertion()};
}

absl::Status CheckRevoke(const v1::RevokeRequest& request) {
  FieldRules rules;
  switch (request.target_case()) {
    case v1::RevokeRequest::kToken:
      rules.Length("token", request.token(), 1, kLongestPresentedToken);
      break;
    case v1::RevokeRequest::kSessionId:
      rules.Length("session_id", request.session_id(), 1, kLongestSessionId);
      break;
    case v1::RevokeRequest::kSubject:
      rules.Length("subject", request.subject(), 1, kLongestSubject);
      break;
    case v1::RevokeRequest::TARGET_NOT_SET:
      rules.Check(false, "target", "must be one of token, session_id and subject");
  }
  const bool has_token = request.has_token();
  rules.Check(has_token || !request.whole_session(), "whole_session", "needs a token");
  rules.Check(has_token || request.implicit_assertion().empty(), "implicit_assertion", "needs a token");
  rules.Length("implicit_assertion", request.implicit_assertion(), 0, kLongestImplicitAssertion);
  return rules.status();
}

}  // namespace paseto::service
