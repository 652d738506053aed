#include "grpc_paseto/service/cli/session_commands.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"

namespace paseto::service {
namespace {

constexpr int kLargestPage = 1000;  // as ListSessionsRequest has it

std::string TimeText(const google::protobuf::Timestamp& timestamp) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(timestamp.seconds()), absl::UTCTimeZone());
}

}  // namespace

Report DescribeSessions(const std::vector<v1::SessionDescription>& sessions, bool more) {
  std::vector<std::vector<std::string>> rows;
  for (const v1::SessionDescription& session : sessions) {
    rows.push_back({session.session_id(), session.client_id(), TimeText(session.created_at()),
                    TimeText(session.refreshed_at()), TimeText(session.idle_deadline()), TimeText(session.expires_at()),
                    absl::StrJoin(session.scopes(), " ")});
  }
  Report report;
  report.AddTable("sessions",
                  {"session_id", "client_id", "created_at", "refreshed_at", "idle_deadline", "expires_at", "scopes"},
                  std::move(rows));
  report.Add("more", more);
  return report;
}

Outcome ListSessions(const SessionsOptions& options) {
  if (options.limit < 1) return UsageFailure(absl::InvalidArgumentError("--limit must be at least 1"));
  absl::StatusOr<ServerCall> server = ServerCall::Create(options.server);
  if (!server.ok()) return UsageFailure(server.status());
  std::vector<v1::SessionDescription> sessions;
  v1::ListSessionsRequest request;
  request.set_subject(options.subject);
  do {
    request.set_page_size(std::min<int>(options.limit - static_cast<int>(sessions.size()), kLargestPage));
    grpc::ClientContext context;
    server->Prepare(context);
    v1::ListSessionsResponse response;
    const grpc::Status status = v1::TokenService::Stub(server->channel()).ListSessions(&context, request, &response);
    if (!status.ok()) return server->Explain(status);
    sessions.insert(sessions.end(), response.sessions().begin(), response.sessions().end());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && static_cast<int>(sessions.size()) < options.limit);
  return DescribeSessions(sessions, !request.page_token().empty());
}

}  // namespace paseto::service
