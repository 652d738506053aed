// CertifiedEcho: a guarded Echo server on a port of the test's making, and connections to it with any certificate.
#ifndef GRPC_PASETO_TESTS_INTERCEPTOR_GATE_CERTIFIED_ECHO_H_
#define GRPC_PASETO_TESTS_INTERCEPTOR_GATE_CERTIFIED_ECHO_H_

#include <google/protobuf/text_format.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/test_certificates.h"
#include "grpc_paseto/tests/support/token_mint.h"
#include "tests/support/echo.grpc.pb.h"

namespace paseto {

// Says "subject|client": who calls by PrincipalFrom and by ClientFrom. A Chat says nothing and lasts as long as its
// client wants.
class NamingEcho final : public testing::Echo::CallbackService {
 public:
  static std::string NamesIn(const grpc::ServerContextBase& context) {
    const absl::StatusOr<interceptor::Principal> principal = interceptor::PrincipalFrom(context);
    const absl::StatusOr<ClientId> client = interceptor::ClientFrom(context);
    if (!principal.ok() || !client.ok()) return "unknown";
    return absl::StrCat(principal->subject(), "|", client->text());
  }

  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, const testing::EchoRequest*,
                                testing::EchoReply* reply) override {
    reply->set_principal(NamesIn(*context));
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerWriteReactor<testing::EchoReply>* Follow(grpc::CallbackServerContext* context,
                                                       const testing::EchoRequest*) override {
    class Names final : public grpc::ServerWriteReactor<testing::EchoReply> {
     public:
      explicit Names(const std::string& names) {
        reply_.set_principal(names);
        StartWriteAndFinish(&reply_, grpc::WriteOptions(), grpc::Status::OK);
      }
      void OnDone() override { delete this; }

     private:
      testing::EchoReply reply_;
    };
    return new Names(NamesIn(*context));
  }

  grpc::ServerBidiReactor<testing::EchoRequest, testing::EchoReply>* Chat(grpc::CallbackServerContext*) override {
    class Silence final : public grpc::ServerBidiReactor<testing::EchoRequest, testing::EchoReply> {
     public:
      Silence() {
        StartSendInitialMetadata();
        StartRead(&request_);
      }
      void OnReadDone(bool) override { Finish(grpc::Status::OK); }
      void OnDone() override { delete this; }

     private:
      testing::EchoRequest request_;
    };
    return new Silence();
  }
};

class CertifiedEcho {
 public:
  using Port = std::function<std::shared_ptr<grpc::ServerCredentials>(interceptor::Guard&)>;

  // `rule` in text format.
  CertifiedEcho(const std::string& rule, const Port& port, const std::string& address = "127.0.0.1:0") {
    interceptor::GuardOptions options;
    options.trust = interceptor::TrustFromBoard(mint_.board());
    options.issuer = TokenMint::kIssuer;
    options.audience = TokenMint::kAudience;
    options.clock = &clock_;
    guard_ = interceptor::Guard::Create(std::move(options)).value();
    v1::AuthRule parsed;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(rule, &parsed)) << rule;
    interceptor::GuardedServerBuilder builder(*guard_);
    int bound = 0;
    builder.AddListeningPort(address, port(*guard_), &bound);
    builder.RegisterService(&service_);
    builder.SetRule("paseto.testing.Echo/*", parsed);
    server_ = builder.Start().value();
    address_ = address == "127.0.0.1:0" ? absl::StrCat("127.0.0.1:", bound) : address;
  }
  ~CertifiedEcho() { server_->Shutdown(std::chrono::system_clock::now()); }

  TokenMint& mint() { return mint_; }

  FakeClock& clock() { return clock_; }

  // A connection of its own; no credentials: plaintext.
  std::shared_ptr<grpc::Channel> NewChannel(const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(address_, credentials, arguments);
  }
  std::unique_ptr<testing::Echo::Stub> Connect(const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
    return testing::Echo::NewStub(NewChannel(credentials));
  }

  // What the handler answers, else "refused: " and the status text. Empty: no token.
  static std::string Say(testing::Echo::Stub& stub, const std::string& token) {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    testing::EchoReply reply;
    const grpc::Status status = stub.Say(&context, {}, &reply);
    return status.ok() ? reply.principal() : absl::StrCat("refused: ", status.error_message());
  }
  static std::string Follow(testing::Echo::Stub& stub, const std::string& token) {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    testing::EchoReply reply;
    const auto reader = stub.Follow(&context, {});
    reader->Read(&reply);
    const grpc::Status status = reader->Finish();
    return status.ok() ? reply.principal() : absl::StrCat("refused: ", status.error_message());
  }

 private:
  FakeClock clock_;
  TokenMint mint_{clock_};
  std::unique_ptr<interceptor::Guard> guard_;
  NamingEcho service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

// What a client needs to call a server whose certificate `authority` signed; null: no certificate of its own.
inline std::shared_ptr<grpc::ChannelCredentials> ClientCredentials(const TestAuthority& authority,
                                                                   const TestCertificate* own) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = authority.root_pem();
  if (own != nullptr) {
    options.pem_private_key = own->private_key_pem;
    options.pem_cert_chain = own->certificate_pem;
  }
  return grpc::SslCredentials(options);
}

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_INTERCEPTOR_GATE_CERTIFIED_ECHO_H_
