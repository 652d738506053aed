#include "grpc_paseto/tests/e2e/dev_tokend.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/ascii.h"
#include "grpc_paseto/service/lifecycle/refresh_token.h"
#include "grpc_paseto/service/server/load_keys.h"

namespace paseto::service {
namespace {

template <typename Response>
absl::StatusOr<Response> Result(const grpc::Status& status, Response response) {
  if (status.ok()) return response;
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

void DevTokend::Start() {
  std::filesystem::remove(folder_.File("port"));
  process_ = std::make_unique<Process>(
      folder_.path(), std::vector<std::string>{TOKEND, "--dev", "--listen=127.0.0.1:0", "--port-file=port"});
  port_ = std::string(absl::StripAsciiWhitespace(AwaitFile(folder_.File("port"), *process_)));
  ASSERT_FALSE(port_.empty()) << process_->err();
  client_token_ = FirstLine(folder_.File("tokend-dev/dev.token"));
  keys_ = LoadKeys(folder_.File("tokend-dev/keys.json")).value();
  stub_ = v1::TokenService::NewStub(grpc::CreateChannel(address(), grpc::InsecureChannelCredentials()));
}

std::unique_ptr<grpc::ClientContext> DevTokend::NewContext() const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", "Bearer " + client_token_);
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  return context;
}

absl::StatusOr<v1::IssueResponse> DevTokend::IssuePair(const std::string& subject) {
  v1::IssueRequest request;
  request.set_subject(subject);
  request.set_with_refresh_token(true);
  v1::IssueResponse response;
  const grpc::Status status = stub_->Issue(NewContext().get(), request, &response);
  return Result(status, response);
}

absl::StatusOr<v1::RefreshResponse> DevTokend::Refresh(const v1::IssuedToken& token) {
  v1::RefreshRequest request;
  request.set_refresh_token(token.token());
  v1::RefreshResponse response;
  const grpc::Status status = stub_->Refresh(NewContext().get(), request, &response);
  return Result(status, response);
}

absl::StatusOr<v1::RevokeResponse> DevTokend::RevokeToken(const v1::IssuedToken& token) {
  v1::RevokeRequest request;
  request.set_token(token.token());
  v1::RevokeResponse response;
  const grpc::Status status = stub_->Revoke(NewContext().get(), request, &response);
  return Result(status, response);
}

absl::StatusOr<v1::IntrospectResponse> DevTokend::Introspect(const v1::IssuedToken& token) {
  v1::IntrospectRequest request;
  request.set_token(token.token());
  v1::IntrospectResponse response;
  const grpc::Status status = stub_->Introspect(NewContext().get(), request, &response);
  return Result(status, response);
}

uint64_t DevTokend::GenerationOf(const v1::IssuedToken& token) const {
  return *OpenRefreshToken(*keys_, token.token())->claims().generation;
}

}  // namespace paseto::service
