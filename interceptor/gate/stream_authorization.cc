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

// Whether the call may ask about the stream: by the rule of the stream's method, with a token.
absl::StatusOr<Authenticator::Decision> Judge(ServerGate& gate, const StreamAddress& address,
                                              const grpc::ServerContextBase& context) {
  const absl::Status valid = CheckAddress(address);
  if (!valid.ok()) return valid;
  return gate.JudgeForStream(address.method, context);
}

template <typename Response>
void SetRemainingLife(absl::Duration life, Response* response) {
  if (life == absl::InfiniteDuration()) return;
  response->mutable_remaining_life()->set_seconds(absl::IDivDuration(life, absl::Seconds(1), &life));
  response->mutable_remaining_life()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(life)));
}

void Fill(const StreamGuard::Description& stream, v1::DescribeResponse* response) {
  SetRemainingLife(stream.remaining_life, response);
  const Claims& claims = stream.token->claims();
  response->set_token_id(claims.token_id.text());
  if (claims.expires_at.has_value()) {
    response->mutable_token_expires_at()->set_seconds(absl::ToUnixSeconds(*claims.expires_at));
  }
  for (const std::string& scope : claims.scopes) response->add_scopes(scope);
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
  absl::StatusOr<Authenticator::Decision> decision = Judge(gate_, address, *context);
  if (decision.ok()) {
    const absl::StatusOr<StreamGuard::Description> renewed =
        gate_.streams().Renew(Known(gate_, address), decision->principal.token());
    if (renewed.ok()) {
      SetRemainingLife(renewed->remaining_life, response);
    } else {
      decision = renewed.status();
    }
  }
  return Answer(context, gate_.Conclude(kRenewMethod, decision));
}

grpc::ServerUnaryReactor* StreamAuthorization::Describe(grpc::CallbackServerContext* context,
                                                        const v1::DescribeRequest* request,
                                                        v1::DescribeResponse* response) {
  const StreamAddress address = {request->method(), request->stream_id()};
  absl::StatusOr<Authenticator::Decision> decision = Judge(gate_, address, *context);
  if (decision.ok()) {
    const absl::StatusOr<StreamGuard::Description> stream =
        gate_.streams().Describe(Known(gate_, address), *decision->principal.token());
    if (stream.ok()) {
      Fill(*stream, response);
    } else {
      decision = stream.status();
    }
  }
  return Answer(context, gate_.Conclude(kDescribeMethod, decision));
}

}  // namespace paseto::interceptor
