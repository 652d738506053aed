// StreamRenewer: keeps one open stream alive by calling paseto.v1.StreamAuthorization.Renew for it.
//
// It names the stream before it opens, and before the life that remains is over (RenewalSchedule) gets a newer token
// from the keeper and renews. What fails is tried again, with pauses, until the life is over; a stream that the server
// no longer knows is left to end.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_CLIENT_STREAM_RENEWER_H_
#define GRPC_PASETO_INTERCEPTOR_CLIENT_STREAM_RENEWER_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "grpc_paseto/interceptor/client/token_form.h"
#include "grpc_paseto/interceptor/client/token_keeper.h"

namespace paseto::client {

struct StreamRenewerOptions {
  std::shared_ptr<grpc::Channel> channel;  // required: to the server of the stream
  std::shared_ptr<TokenKeeper> keeper;     // required
  std::string method;                      // required: of the stream, "/package.Service/Method"
  TokenForm form = {};                     // how the stream and its renewals carry the token
  // True for a channel with TokenCallCredentials: it puts the token on every call by itself; `form` is of no use then.
  bool channel_adds_token = false;
  // Optional: told the result of every attempt.
  std::function<void(const absl::Status&)> on_attempt = nullptr;
};

class StreamRenewer {
 public:
  explicit StreamRenewer(StreamRenewerOptions options);
  ~StreamRenewer();  // stops renewing; the stream itself goes on

  // Before the stream opens: names it, puts the keeper's token on it, and begins to count that token's life. Waits for
  // the token. Errors: those of TokenKeeper::Get.
  absl::Status Prepare(grpc::ClientContext& context);
  // Once the initial metadata of the server have come: counts the life that they announce instead. The instance that
  // they name ("paseto-instance") is sent back with every renewal from then on, under the same key, so that a proxy can
  // route it to the process that has the stream.
  void Adjust(const grpc::ClientContext& context);

  // The text of the token that Prepare put on the stream.
  const std::string& opened_with() const { return opened_with_; }

 private:
  class Impl;
  const std::shared_ptr<Impl> impl_;
  std::string opened_with_;
};

}  // namespace paseto::client

#endif  // GRPC_PASETO_INTERCEPTOR_CLIENT_STREAM_RENEWER_H_
