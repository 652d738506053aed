#include "grpc_paseto/interceptor/gate/stream_authorization.h"

#include "grpc_paseto/interceptor/gate/server_gate.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

constexpr size_t kMaxMethodLength = 1024;
constexpr absl::string_view kRenewMethod = "/paseto.v1.StreamAuthorization/Renew";
constexpr absl::string_view kDescribeMethod = "/paseto.v1.StreamAuthorization/Describe";

absl::Status CheckAddress(const StreamAddress& address) {
  if (!IsStreamId(address.id)) {
    return MakeRefusal(v1::REASON_REQUEST_INVALID, "stream_id: 1 to 64 printable ASCII characters without spaces");
  }
  if (address.method.empty() || address.method.size() > kMaxMethodLength) {
    return MakeRefusal(v1::REASON_REQUEST_INVALID, "method: required, the path of the stream's method");
  }
  return absl::OkStatus();
}

// The stream as the guard of streams knows it.
StreamAddress Known(const ServerGate& gate, const StreamAddress& address) {
  return {gate.KnownName(address.method), address.id};
}

// The token of the call, which satisfies the rule of the stream's method.
absl::StatusOr<std::shared_ptr<const VerifiedToken>> TokenOf(ServerGate& gate, absl::string_view called,
                                                             const StreamAddress& address,
                                                             const grpc::ServerContextBase& context) {
  const absl::Status valid = CheckAddress(address);
  if (!valid.ok()) return valid;
  const absl::StatusOr<Principal> principal = gate.JudgeForStream(called, address.method, context);
  if (!principal.ok()) return principal.status();
  return principal->token();
}

template <typename Response>
void SetRemainingLife(absl::Duration life, Response* response) {
  if (life == absl::InfiniteDuration()) return;
  response->mutable_remaining_life()->set_seconds(absl::IDivDuration(life, absl::Seconds(1), &life));
  response->mutable_remaining_life()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(life)));
}

grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* StreamAuthorization::Renew(grpc::CallbackServerContext* context,
                                                     const v1::RenewRequest* request, v1::RenewResponse* response) {
  const StreamAddress address = {request->method(), request->stream_id()};
  absl::StatusOr<std::shared_ptr<const VerifiedToken>> token = TokenOf(gate_, kRenewMethod, address, *context);
  if (!token.ok()) return Answer(context, token.status());
  const absl::StatusOr<StreamGuard::Description> renewed =
      gate_.streams().Renew(Known(gate_, address), *std::move(token));
  if (renewed.ok()) SetRemainingLife(renewed->remaining_life, response);
  return Answer(context, renewed.status());
}

grpc::ServerUnaryReactor* StreamAuthorization::Describe(grpc::CallbackServerContext* context,
                                                        const v1::DescribeRequest* request,
                                                        v1::DescribeResponse* response) {
  const StreamAddress address = {request->method(), request->stream_id()};
  const absl::StatusOr<std::shared_ptr<const VerifiedToken>> token = TokenOf(gate_, kDescribeMethod, address, *context);
  if (!token.ok()) return Answer(context, token.status());
  const absl::StatusOr<StreamGuard::Description> stream = gate_.streams().Describe(Known(gate_, address), **token);
  if (!stream.ok()) return Answer(context, stream.status());
  SetRemainingLife(stream->remaining_life, response);
  const Claims& claims = stream->token->claims();
  response->set_token_id(claims.token_id.text());
  if (claims.expires_at.has_value()) {
    response->mutable_token_expires_at()->set_seconds(absl::ToUnixSeconds(*claims.expires_at));
  }
  for (const std::string& scope : claims.scopes) response->add_scopes(scope);
  return Answer(context, absl::OkStatus());
}

}  // namespace paseto::interceptor
