// A kept token on every call of a channel: as call credentials on TLS, as an interceptor on any channel.
//
// gRPC refuses call credentials on plaintext channels, such as those to a sidecar of a mesh; there the interceptor is
// the way. It also sees how calls end, so that a token that a server refuses is replaced before the next call; with
// call credentials the caller reports that (TokenKeeper::Reject).
#ifndef GRPC_PASETO_INTERCEPTOR_CLIENT_CALL_CREDENTIALS_H_
#define GRPC_PASETO_INTERCEPTOR_CLIENT_CALL_CREDENTIALS_H_

#include <grpcpp/security/credentials.h>
#include <grpcpp/support/client_interceptor.h>

#include <memory>

#include "grpc_paseto/interceptor/client/token_form.h"
#include "grpc_paseto/interceptor/client/token_keeper.h"

namespace paseto::client {

// For CompositeChannelCredentials or ClientContext::set_credentials. A call waits for the keeper's token; without one
// it fails with the keeper's error and is not sent.
std::shared_ptr<grpc::CallCredentials> TokenCallCredentials(std::shared_ptr<TokenKeeper> keeper, TokenForm form = {});

// For experimental::CreateCustomChannelWithInterceptors. The same, and a call that carries a value of its own
// under the form's metadata key is left alone. On a plaintext channel everyone on the way can read the token: use it on
// loopback or inside a mesh.
std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> MakeTokenInterceptorFactory(
    std::shared_ptr<TokenKeeper> keeper, TokenForm form = {});

}  // namespace paseto::client

#endif  // GRPC_PASETO_INTERCEPTOR_CLIENT_CALL_CREDENTIALS_H_
