// StreamAuthorization: the service paseto.v1.StreamAuthorization of one guarded server.
//
// GuardedServerBuilder registers it beside the user's services. Its calls pass the gate unjudged: which rule they must
// satisfy depends on the stream that the request names.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_STREAM_AUTHORIZATION_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_STREAM_AUTHORIZATION_H_

#include "grpc_paseto/interceptor/stream/stream_guard.h"
#include "paseto/v1/stream_authorization.grpc.pb.h"

namespace paseto::interceptor {

class ServerGate;

class StreamAuthorization final : public v1::StreamAuthorization::CallbackService {
 public:
  // `gate` outlives the service.
  explicit StreamAuthorization(ServerGate& gate) : gate_(gate) {}

  grpc::ServerUnaryReactor* Renew(grpc::CallbackServerContext* context, const v1::RenewRequest* request,
                                  v1::RenewResponse* response) override;
  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context, const v1::DescribeRequest* request,
                                     v1::DescribeResponse* response) override;

 private:
  ServerGate& gate_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_STREAM_AUTHORIZATION_H_
