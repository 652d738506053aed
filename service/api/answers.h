// Results become responses.
#ifndef GRPC_PASETO_SERVICE_API_ANSWERS_H_
#define GRPC_PASETO_SERVICE_API_ANSWERS_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/service/lifecycle/issue.h"
#include "grpc_paseto/service/lifecycle/list_sessions.h"
#include "paseto/v1/token_service.pb.h"

namespace paseto::service {

void Fill(const IssuedTokens& tokens, v1::IssueResponse& response);
void Fill(const IssuedTokens& tokens, v1::RefreshResponse& response);
void Fill(int64_t revision, v1::RevokeResponse& response);
void Fill(int64_t revision, v1::DisableSubjectResponse& response);
void Fill(bool was_disabled, v1::EnableSubjectResponse& response);
void Fill(const Claims& spent, v1::ConsumeResponse& response);
void Fill(const MadeToken& token, v1::ExchangeResponse& response);
void Fill(const ListedSessions& listed, v1::ListSessionsResponse& response);
// Nothing gives an inactive answer.
void Fill(const absl::optional<Claims>& claims, v1::IntrospectResponse& response);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_API_ANSWERS_H_
