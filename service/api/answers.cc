#include "grpc_paseto/service/api/answers.h"

#include "grpc_paseto/service/lifecycle/timestamps.h"

namespace paseto::service {
namespace {

void FillToken(const MadeToken& token, v1::IssuedToken& issued) {
  issued.set_token(token.text);
  SetTimestamp(token.expires_at, *issued.mutable_expires_at());
  issued.set_token_id(token.id.text());
}

template <typename Response>
void FillTokens(const IssuedTokens& tokens, Response& response) {
  FillToken(tokens.access, *response.mutable_access_token());
  if (tokens.refresh.has_value()) FillToken(*tokens.refresh, *response.mutable_refresh_token());
  response.set_session_id(tokens.session.text());
}

}  // namespace

void Fill(const IssuedTokens& tokens, v1::IssueResponse& response) { FillTokens(tokens, response); }
void Fill(const IssuedTokens& tokens, v1::RefreshResponse& response) { FillTokens(tokens, response); }
void Fill(int64_t revision, v1::RevokeResponse& response) { response.set_revision(revision); }
void Fill(int64_t revision, v1::DisableSubjectResponse& response) { response.set_revision(revision); }
void Fill(bool was_disabled, v1::EnableSubjectResponse& response) { response.set_was_disabled(was_disabled); }

void Fill(const Claims& spent, v1::ConsumeResponse& response) {
  response.set_subject(spent.subject);
  response.set_token_id(spent.token_id.text());
  response.mutable_scopes()->Assign(spent.scopes.begin(), spent.scopes.end());
  response.mutable_audiences()->Assign(spent.audiences.begin(), spent.audiences.end());
  if (spent.issued_at.has_value()) SetTimestamp(*spent.issued_at, *response.mutable_issued_at());
  response.set_custom_claims_json(spent.custom_json);
}

void Fill(const MadeToken& token, v1::ExchangeResponse& response) {
  FillToken(token, *response.mutable_access_token());
}

void Fill(const ListedSessions& listed, v1::ListSessionsResponse& response) {
  for (const ListedSession& one : listed.sessions) {
    v1::SessionDescription& description = *response.add_sessions();
    description.set_session_id(one.session.id.text());
    description.set_subject(one.session.subject);
    description.set_client_id(one.session.client.text());
    SetTimestamp(one.session.created_at, *description.mutable_created_at());
    SetTimestamp(one.session.rotated_at, *description.mutable_refreshed_at());
    SetTimestamp(one.session.idle_deadline, *description.mutable_idle_deadline());
    SetTimestamp(one.session.absolute_deadline, *description.mutable_expires_at());
    if (one.grant.has_authenticated_at()) *description.mutable_authenticated_at() = one.grant.authenticated_at();
    *description.mutable_scopes() = one.grant.scopes();
    *description.mutable_audiences() = one.grant.audiences();
  }
  response.set_next_page_token(listed.next_page_token);
}

void Fill(const absl::optional<Claims>& claims, v1::IntrospectResponse& response) {
  if (!claims.has_value()) return;
  response.set_active(true);
  response.set_subject(claims->subject);
  response.set_type(claims->type);
  response.set_client_id(claims->client_id.text());
  response.set_session_id(claims->session_id.text());
  response.set_token_id(claims->token_id.text());
  response.mutable_scopes()->Assign(claims->scopes.begin(), claims->scopes.end());
  response.mutable_audiences()->Assign(claims->audiences.begin(), claims->audiences.end());
  response.set_issuer(claims->issuer);
  if (claims->expires_at.has_value()) SetTimestamp(*claims->expires_at, *response.mutable_expires_at());
  if (claims->issued_at.has_value()) SetTimestamp(*claims->issued_at, *response.mutable_issued_at());
  if (claims->auth_time.has_value()) SetTimestamp(*claims->auth_time, *response.mutable_authenticated_at());
  response.set_fresh(claims->fresh.value_or(false));
  response.set_custom_claims_json(claims->custom_json);
  response.set_certificate_sha256(claims->certificate_thumbprint_sha256);
}

}  // namespace paseto::service
