#include "grpc_paseto/service/api/orders.h"

#include <sodium.h>

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

// An access token within a session.
void CheckStepUp(const v1::IssueRequest& request, const std::string& type, FieldRules& rules) {
  rules.Length("session_id", request.session_id(), 1, kLongestSessionId);
  rules.Check(request.fresh() && type == kAccessType, "session_id", "needs fresh and the type access");
  rules.Check(!request.with_refresh_token() && request.request_id().empty(), "session_id",
              "excludes with_refresh_token and request_id");
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
  rules.Length("request_id", request.request_id(), 0, kLongestRequestId);
  rules.Check(!request.single_use() || type != kAccessType, "single_use", "needs a custom type");
  if (!request.session_id().empty()) CheckStepUp(request, type, rules);
  return rules.status();
}

// Every field of the request decides its hash; a field that a later version adds does, too.
std::string HashOf(const v1::IssueRequest& request) {
  const std::string bytes = request.SerializeAsString();
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr, 0);
  return hash;
}

template <typename Request>
absl::StatusOr<SubjectOrder> SubjectOrderOf(const Request& request, const Caller& caller) {
  FieldRules rules;
  rules.Length("subject", request.subject(), 1, kLongestSubject);
  if (!rules.status().ok()) return rules.status();
  return SubjectOrder{caller.client, request.subject()};
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

absl::StatusOr<IssueOrder> OrderOf(const v1::IssueRequest& request, const Caller& caller) {
  if (absl::Status status = CheckIssue(request); !status.ok()) return status;
  IssueOrder order;
  order.client = caller.client;
  order.certificate_sha256 = caller.certificate_sha256;
  order.subject = request.subject();
  order.type = TypeOf(request);
  order.grant = GrantOf(request);
  order.fresh = request.fresh();
  order.implicit_assertion = request.implicit_assertion();
  order.with_refresh_token = request.with_refresh_token();
  if (request.has_session_lifetime()) order.session_lifetime = ToAbslDuration(request.session_lifetime());
  order.single_use = request.single_use();
  order.session = SessionId(request.session_id());
  if (!request.request_id().empty()) order.request = RepeatableRequest{request.request_id(), HashOf(request)};
  return order;
}

absl::StatusOr<RefreshOrder> OrderOf(const v1::RefreshRequest& request, const Caller& caller) {
  FieldRules rules;
  rules.Length("refresh_token", request.refresh_token(), 1, kLongestPresentedToken);
  rules.Scopes(request.scopes());
  rules.Length("implicit_assertion", request.implicit_assertion(), 0, kLongestImplicitAssertion);
  if (!rules.status().ok()) return rules.status();
  RefreshOrder order;
  order.caller = caller.client;
  order.certificate_sha256 = caller.certificate_sha256;
  order.refresh_token = request.refresh_token();
  order.scopes.assign(request.scopes().begin(), request.scopes().end());
  order.implicit_assertion = request.implicit_assertion();
  return order;
}

absl::StatusOr<IntrospectOrder> OrderOf(const v1::IntrospectRequest& request, const Caller& caller) {
  FieldRules rules;
  rules.Length("token", request.token(), 1, kLongestPresentedToken);
  rules.Length("implicit_assertion", request.implicit_assertion(), 0, kLongestImplicitAssertion);
  if (!rules.status().ok()) return rules.status();
  return IntrospectOrder{caller.client, request.token(), request.implicit_assertion()};
}

absl::StatusOr<ConsumeOrder> OrderOf(const v1::ConsumeRequest& request, const Caller& caller) {
  FieldRules rules;
  rules.Length("token", request.token(), 1, kLongestPresentedToken);
  rules.Length("type", request.type(), 1, kLongestType);
  rules.Check(request.type() != kRefreshType && request.type() != kClientType && request.type() != kAccessType, "type",
              "must be a custom type");
  rules.Length("implicit_assertion", request.implicit_assertion(), 0, kLongestImplicitAssertion);
  rules.Length("request_id", request.request_id(), 0, kLongestRequestId);
  if (!rules.status().ok()) return rules.status();
  return ConsumeOrder{caller.client, request.token(), request.type(), request.implicit_assertion(),
                      request.request_id()};
}

absl::StatusOr<ExchangeOrder> OrderOf(const v1::ExchangeRequest& request, const Caller& caller) {
  FieldRules rules;
  rules.Length("token", request.token(), 1, kLongestPresentedToken);
  rules.Length("token_implicit_assertion", request.token_implicit_assertion(), 0, kLongestImplicitAssertion);
  rules.EachLength("audiences", request.audiences(), kMostRequestedAudiences, kLongestAudience);
  rules.Scopes(request.scopes());
  if (request.has_lifetime()) rules.AtLeastOneSecond("lifetime", request.lifetime());
  rules.Length("implicit_assertion", request.implicit_assertion(), 0, kLongestImplicitAssertion);
  if (!rules.status().ok()) return rules.status();
  ExchangeOrder order;
  order.caller = caller.client;
  order.certificate_sha256 = caller.certificate_sha256;
  order.token = request.token();
  order.token_assertion = request.token_implicit_assertion();
  order.audiences.assign(request.audiences().begin(), request.audiences().end());
  order.scopes.assign(request.scopes().begin(), request.scopes().end());
  if (request.has_lifetime()) order.lifetime = ToAbslDuration(request.lifetime());
  order.kind = request.kind().empty() ? std::string(TokenKindName(kV4Public)) : request.kind();
  order.implicit_assertion = request.implicit_assertion();
  return order;
}

absl::StatusOr<ListOrder> OrderOf(const v1::ListSessionsRequest& request, const Caller& caller) {
  FieldRules rules;
  rules.Length("subject", request.subject(), 1, kLongestSubject);
  rules.Check(request.page_size() >= 0 && request.page_size() <= kLargestPage, "page_size", "must be 1 to 1000");
  rules.Length("page_token", request.page_token(), 0, kLongestPageToken);
  if (!rules.status().ok()) return rules.status();
  const int page_size = request.page_size() == 0 ? kDefaultPage : request.page_size();
  return ListOrder{caller.client, request.subject(), page_size, request.page_token()};
}

absl::StatusOr<SubjectOrder> OrderOf(const v1::DisableSubjectRequest& request, const Caller& caller) {
  return SubjectOrderOf(request, caller);
}

absl::StatusOr<SubjectOrder> OrderOf(const v1::EnableSubjectRequest& request, const Caller& caller) {
  return SubjectOrderOf(request, caller);
}

absl::StatusOr<RevokeOrder> OrderOf(const v1::RevokeRequest& request, const Caller& caller) {
  RevokeOrder order;
  order.caller = caller.client;
  FieldRules rules;
  const auto target = [&](RevokeOrder::Target kind, absl::string_view field, const std::string& id, size_t longest) {
    rules.Length(field, id, 1, longest);
    order.target = kind;
    order.id = id;
  };
  switch (request.target_case()) {
    case v1::RevokeRequest::kToken:
      target(RevokeOrder::Target::kToken, "token", request.token(), kLongestPresentedToken);
      break;
    case v1::RevokeRequest::kSessionId:
      target(RevokeOrder::Target::kSession, "session_id", request.session_id(), kLongestSessionId);
      break;
    case v1::RevokeRequest::kSubject:
      target(RevokeOrder::Target::kSubject, "subject", request.subject(), kLongestSubject);
      break;
    case v1::RevokeRequest::kClientId:
      target(RevokeOrder::Target::kClient, "client_id", request.client_id(), kLongestClientId);
      break;
    case v1::RevokeRequest::kKeyId:
      target(RevokeOrder::Target::kKey, "key_id", request.key_id(), kLongestKeyId);
      break;
    case v1::RevokeRequest::kEverything:
      order.target = RevokeOrder::Target::kEverything;
      break;
    case v1::RevokeRequest::TARGET_NOT_SET:
      rules.Check(false, "target", "must be one of token, session_id, subject, client_id, key_id and everything");
  }
  const bool has_token = request.has_token();
  rules.Check(has_token || !request.whole_session(), "whole_session", "needs a token");
  rules.Check(has_token || request.implicit_assertion().empty(), "implicit_assertion", "needs a token");
  rules.Length("implicit_assertion", request.implicit_assertion(), 0, kLongestImplicitAssertion);
  if (!rules.status().ok()) return rules.status();
  order.whole_session = request.whole_session();
  order.implicit_assertion = request.implicit_assertion();
  return order;
}

}  // namespace paseto::service
