#include "grpc_paseto/interceptor/client/refresher.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc_paseto/interceptor/client/callback_thread.h"
#include "paseto/v1/token_service.grpc.pb.h"

namespace paseto::client {
namespace {

absl::Status ToAbsl(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

class TokenServiceRefresher final : public Refresher {
 public:
  explicit TokenServiceRefresher(RefreshOptions options)
      : options_(std::move(options)), stub_(v1::TokenService::NewStub(options_.channel)) {}

  void Refresh(const std::string& refresh_token, std::function<void(absl::StatusOr<TokenPair>)> done) override {
    struct Call {
      grpc::ClientContext context;
      v1::RefreshRequest request;
      v1::RefreshResponse response;
    };
    auto call = std::make_shared<Call>();
    call->request.set_refresh_token(refresh_token);
    for (const std::string& scope : options_.scopes) call->request.add_scopes(scope);
    call->request.set_implicit_assertion(options_.implicit_assertion);
    if (options_.client_token) {
      call->context.AddMetadata("authorization", absl::StrCat("Bearer ", options_.client_token()));
    }
    call->context.set_deadline(absl::ToChronoTime(absl::Now() + options_.timeout));
    stub_->async()->Refresh(&call->context, &call->request, &call->response,
                            [call, done = std::move(done)](const grpc::Status& status) mutable {
                              LeaveCallbackThread([call = std::move(call), done = std::move(done), status] {
                                if (status.ok()) return done(PairOf(call->response));
                                done(ToAbsl(status));
                              });
                            });
  }

 private:
  const RefreshOptions options_;
  const std::unique_ptr<v1::TokenService::Stub> stub_;
};

}  // namespace

std::shared_ptr<Refresher> RefreshThrough(RefreshOptions options) {
  return std::make_shared<TokenServiceRefresher>(std::move(options));
}

}  // namespace paseto::client
