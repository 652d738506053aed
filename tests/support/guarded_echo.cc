#include "grpc_paseto/tests/support/guarded_echo.h"

#include <grpcpp/impl/client_unary_call.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/tests/support/test_certificates.h"

namespace paseto {
namespace {

using testing::EchoReply;
using testing::EchoRequest;

const TestCertificate& ServerCertificate() {
  static const TestCertificate* const kCertificate = new TestCertificate(MakeTestCertificate());
  return *kCertificate;
}

std::shared_ptr<grpc::ServerCredentials> PortFor(Transport transport, interceptor::Guard& guard) {
  if (transport == Transport::kPlaintext) return guard.Plaintext();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({ServerCertificate().private_key_pem, ServerCertificate().certificate_pem});
  return guard.Tls(options);
}

EchoRequest RequestOf(const char* text) {
  EchoRequest request;
  request.set_text(text);
  return request;
}

}  // namespace

GuardedEcho::GuardedEcho(Options options) : options_(std::move(options)) {
  interceptor::GuardOptions guard_options;
  guard_options.trust = interceptor::TrustFromBoard(mint_.board());
  guard_options.issuer = TokenMint::kIssuer;
  guard_options.audience = TokenMint::kAudience;
  guard_options.observer = options_.observer;
  guard_options.clock = &clock_;
  if (options_.change_guard) options_.change_guard(guard_options);
  guard_ = interceptor::Guard::Create(std::move(guard_options)).value();

  service_ = MakeEchoService(options_.api, counters_);
  interceptor::GuardedServerBuilder builder(*guard_);
  builder.AddListeningPort("127.0.0.1:0", PortFor(options_.transport, *guard_), &port_);
  builder.RegisterService(service_.get());
  builder.SetRule("paseto.testing.Echo/*", options_.rule);
  if (options_.change_builder) options_.change_builder(builder);
  server_ = builder.Start().value();
  channel_ = NewChannel();
  stub_ = testing::Echo::NewStub(channel_);
}

GuardedEcho::~GuardedEcho() {
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
}

std::string GuardedEcho::address() const { return absl::StrCat("127.0.0.1:", port_); }

std::shared_ptr<grpc::ChannelCredentials> GuardedEcho::channel_credentials() const {
  if (options_.transport == Transport::kPlaintext) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ServerCertificate().certificate_pem;
  return grpc::SslCredentials(tls);
}

std::shared_ptr<grpc::Channel> GuardedEcho::NewChannel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address(), channel_credentials(), arguments);
}

GuardedEcho::Outcome GuardedEcho::Call(CallKind kind, const Metadata& metadata) {
  grpc::ClientContext context;
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
  Outcome outcome;
  EchoReply reply;
  switch (kind) {
    case CallKind::kSay: {
      outcome.status = stub_->Say(&context, RequestOf("hello"), &reply);
      if (outcome.status.ok()) outcome.replies.push_back(reply);
      break;
    }
    case CallKind::kCollect: {
      const auto writer = stub_->Collect(&context, &reply);
      writer->Write(RequestOf("hel"));
      writer->Write(RequestOf("lo"));
      writer->WritesDone();
      outcome.status = writer->Finish();
      if (outcome.status.ok()) outcome.replies.push_back(reply);
      break;
    }
    case CallKind::kFollow: {
      const auto reader = stub_->Follow(&context, RequestOf("hello"));
      if (reader->Read(&reply)) {
        outcome.replies.push_back(reply);
        context.TryCancel();
      }
      while (reader->Read(&reply)) {
      }
      outcome.status = reader->Finish();
      break;
    }
    case CallKind::kChat: {
      const auto stream = stub_->Chat(&context);
      stream->Write(RequestOf("hello"));
      if (stream->Read(&reply)) outcome.replies.push_back(reply);
      stream->WritesDone();
      outcome.status = stream->Finish();
      break;
    }
  }
  return outcome;
}

grpc::Status CallUnary(grpc::Channel& channel, const char* path, const GuardedEcho::Metadata& metadata) {
  using Message = grpc::protobuf::MessageLite;
  grpc::ClientContext context;
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
  EchoReply reply;
  return grpc::internal::BlockingUnaryCall<EchoRequest, EchoReply, Message, Message>(
      &channel, {path, grpc::internal::RpcMethod::NORMAL_RPC}, &context, EchoRequest(), &reply);
}

GuardedEcho::Metadata Bearer(const std::string& token) { return {{"authorization", absl::StrCat("Bearer ", token)}}; }

GuardedEcho::Outcome GuardedEcho::CallWith(CallKind kind, const std::string& token) {
  return Call(kind, Bearer(token));
}

}  // namespace paseto
