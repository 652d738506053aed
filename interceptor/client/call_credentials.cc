#include "grpc_paseto/interceptor/client/call_credentials.h"

#include <map>
#include <string>
#include <utility>

namespace paseto::client {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using Metadata = std::multimap<std::string, std::string>;

grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

void AddToken(const TokenForm& form, const TokenKeeper::Token& token, Metadata& metadata) {
  metadata.emplace(form.metadata_key, MetadataValue(form, token.text));
}

class TokenPlugin final : public grpc::MetadataCredentialsPlugin {
 public:
  TokenPlugin(std::shared_ptr<TokenKeeper> keeper, TokenForm form)
      : keeper_(std::move(keeper)), form_(std::move(form)) {}

  // gRPC gives it a thread, on which it may wait for a refresh.
  bool IsBlocking() const override { return true; }
  const char* GetType() const override { return "paseto"; }
  std::string DebugString() override { return "paseto token"; }

  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&, Metadata* metadata) override {
    const absl::StatusOr<TokenKeeper::Token> token = keeper_->WaitForToken();
    if (!token.ok()) return ToGrpc(token.status());
    AddToken(form_, *token, *metadata);
    return grpc::Status::OK;
  }

 private:
  const std::shared_ptr<TokenKeeper> keeper_;
  const TokenForm form_;
};

class TokenInterceptor final : public grpc::experimental::Interceptor {
 public:
  TokenInterceptor(std::shared_ptr<TokenKeeper> keeper, const TokenForm& form)
      : keeper_(std::move(keeper)), form_(form) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (!refusal_.ok()) return Refuse(methods);
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      return Begin(methods);
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_STATUS)) {
      const grpc::Status& status = *methods->GetRecvStatus();
      const bool may_help =
          RefreshMayHelp(absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message()));
      if (!token_.empty() && may_help) keeper_->Reject(token_);
    }
    methods->Proceed();
  }

 private:
  // The call goes on when the keeper has answered, maybe on another thread.
  void Begin(InterceptorBatchMethods* methods) {
    if (methods->GetSendInitialMetadata()->count(form_.metadata_key) > 0) return methods->Proceed();
    keeper_->Get([this, methods](const absl::StatusOr<TokenKeeper::Token>& token) {
      if (!token.ok()) {
        refusal_ = token.status();
        return methods->Hijack();  // comes back to Intercept, as every later batch does
      }
      token_ = token->text;
      AddToken(form_, *token, *methods->GetSendInitialMetadata());
      methods->Proceed();
    });
  }

  // Ends the call with the refusal, without sending anything.
  void Refuse(InterceptorBatchMethods* methods) {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      methods->FailHijackedSendMessage();
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_RECV_MESSAGE)) {
      methods->FailHijackedRecvMessage();
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_RECV_STATUS)) {
      *methods->GetRecvStatus() = ToGrpc(refusal_);
    }
    methods->Proceed();
  }

  const std::shared_ptr<TokenKeeper> keeper_;
  const TokenForm form_;
  std::string token_;     // that the call carries
  absl::Status refusal_;  // why it carries none
};

class TokenInterceptorFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  TokenInterceptorFactory(std::shared_ptr<TokenKeeper> keeper, TokenForm form)
      : keeper_(std::move(keeper)), form_(std::move(form)) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(grpc::experimental::ClientRpcInfo*) override {
    return new TokenInterceptor(keeper_, form_);
  }

 private:
  const std::shared_ptr<TokenKeeper> keeper_;
  const TokenForm form_;
};

}  // namespace

std::shared_ptr<grpc::CallCredentials> TokenCallCredentials(std::shared_ptr<TokenKeeper> keeper, TokenForm form) {
  return grpc::MetadataCredentialsFromPlugin(std::make_unique<TokenPlugin>(std::move(keeper), std::move(form)));
}

std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> MakeTokenInterceptorFactory(
    std::shared_ptr<TokenKeeper> keeper, TokenForm form) {
  return std::make_unique<TokenInterceptorFactory>(std::move(keeper), std::move(form));
}

}  // namespace paseto::client
