#include "grpc_paseto/tests/support/guarded_echo.h"

#include <grpcpp/impl/client_unary_call.h>

#include "absl/strings/str_cat.h"
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

const TestCertificate& ClientCertificate() {
  static const TestCertificate* const kCertificate = new TestCertificate(MakeTestCertificate());
  return *kCertificate;
}

bool IsUnixSocket(Transport transport) { return transport == Transport::kUnixSocket || transport == Transport::kLocal; }

std::shared_ptr<grpc::ServerCredentials> PortFor(Transport transport, interceptor::Guard& guard) {
  if (transport == Transport::kLocal) return guard.Local(UDS);
  if (transport != Transport::kTls && transport != Transport::kMutualTls) return guard.Plaintext();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({ServerCertificate().private_key_pem, ServerCertificate().certificate_pem});
  if (transport == Transport::kMutualTls) {
    options.pem_root_certs = ClientCertificate().certificate_pem;
    options.client_certificate_request = GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return guard.Tls(options);
}

EchoRequest RequestOf(const char* text) {
  EchoRequest request;
  request.set_text(text);
  return request;
}

}  // namespace

const char* NameOf(Transport transport) {
  switch (transport) {
    case Transport::kPlaintext:
      return "Plaintext";
    case Transport::kTls:
      return "Tls";
    case Transport::kMutualTls:
      return "MutualTls";
    case Transport::kUnixSocket:
      return "UnixSocket";
    case Transport::kLocal:
      return "Local";
  }
  return "";
}

const char* NameOf(CallKind kind) {
  switch (kind) {
    case CallKind::kSay:
      return "unary";
    case CallKind::kCollect:
      return "client stream";
    case CallKind::kFollow:
      return "server stream";
    case CallKind::kChat:
      return "bidirectional stream";
  }
  return "";
}

GuardedEcho::GuardedEcho(Options options) : options_(std::move(options)) {
  // Never taken down again: the last user of gRPC, on leaving, may wait ten seconds for a poller of gRPC's own.
  static const bool kGrpcStaysUp = (grpc_init(), true);
  static_cast<void>(kGrpcStaysUp);
  interceptor::GuardOptions guard_options;
  guard_options.trust = interceptor::TrustFromBoard(mint_.board());
  guard_options.issuer = TokenMint::kIssuer;
  guard_options.audience = TokenMint::kAudience;
  guard_options.observer = options_.observer;
  guard_options.clock = &clock_;
  if (options_.change_guard) options_.change_guard(guard_options);
  guard_ = interceptor::Guard::Create(std::move(guard_options)).value();

  echo_ = MakeEcho(options_.api, counters_);
  interceptor::GuardedServerBuilder builder(*guard_);
  const std::string port = IsUnixSocket(options_.transport) ? address() : "127.0.0.1:0";
  builder.AddListeningPort(port, PortFor(options_.transport, *guard_), &port_);
  echo_->AddTo(builder);
  builder.SetRule("paseto.testing.Echo/*", options_.rule);
  if (options_.change_builder) options_.change_builder(builder);
  server_ = builder.Start().value();
  echo_->Serve();
  channel_ = NewChannel();
  stub_ = testing::Echo::NewStub(channel_);
}

GuardedEcho::~GuardedEcho() { Stop(); }

void GuardedEcho::Stop() {
  server_->Shutdown(std::chrono::system_clock::now());
  echo_->Join();
}

std::string GuardedEcho::address() const {
  if (IsUnixSocket(options_.transport)) return absl::StrCat("unix:", folder_.File("socket"));
  return absl::StrCat("127.0.0.1:", port_);
}

std::shared_ptr<grpc::ChannelCredentials> GuardedEcho::channel_credentials() const {
  if (options_.transport == Transport::kLocal) return grpc::experimental::LocalCredentials(UDS);
  if (options_.transport != Transport::kTls && options_.transport != Transport::kMutualTls) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ServerCertificate().certificate_pem;
  if (options_.transport == Transport::kMutualTls) {
    tls.pem_private_key = ClientCertificate().private_key_pem;
    tls.pem_cert_chain = ClientCertificate().certificate_pem;
  }
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
