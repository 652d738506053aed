// Refresher: trades a refresh token for the next pair. RefreshThrough does it at tokend's TokenService.
#ifndef GRPC_PASETO_INTERCEPTOR_CLIENT_REFRESHER_H_
#define GRPC_PASETO_INTERCEPTOR_CLIENT_REFRESHER_H_

#include <grpcpp/channel.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/interceptor/client/token_pair.h"

namespace paseto::client {

class Refresher {
 public:
  virtual ~Refresher() = default;
  // `done` runs once, on any thread, possibly before this returns.
  virtual void Refresh(const std::string& refresh_token, std::function<void(absl::StatusOr<TokenPair>)> done) = 0;
};

struct RefreshOptions {
  // Required: tokend. Give it a channel of its own, without the credentials or the interceptor that it feeds.
  std::shared_ptr<grpc::Channel> channel;
  // Optional: gives the client token that Refresh needs, unless the session's policy lets a mere holder refresh. Called
  // before every refresh, so that a rotated token is taken up.
  std::function<std::string()> client_token = nullptr;
  std::vector<std::string> scopes = {};  // optional: asks for fewer than the session has
  std::string implicit_assertion = {};   // optional
  absl::Duration timeout = absl::Seconds(10);
};

std::shared_ptr<Refresher> RefreshThrough(RefreshOptions options);

}  // namespace paseto::client

#endif  // GRPC_PASETO_INTERCEPTOR_CLIENT_REFRESHER_H_
