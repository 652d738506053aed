#include "grpc_paseto/tests/bench/stream_server.h"

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"

namespace paseto::bench {
namespace {

using grpc::experimental::ServerRpcInfo;

class SyncStreams final : public Streams::Service {
  grpc::Status Chat(grpc::ServerContext*, grpc::ServerReaderWriter<CallResponse, CallRequest>* stream) override {
    stream->SendInitialMetadata();
    CallRequest request;
    CallResponse response;
    while (stream->Read(&request)) {
      response.set_payload(request.payload());
      if (!stream->Write(response)) break;
    }
    return grpc::Status::OK;
  }

  grpc::Status Download(grpc::ServerContext*, const DownloadRequest* request,
                        grpc::ServerWriter<CallResponse>* writer) override {
    CallResponse response;
    response.mutable_payload()->resize(request->response_bytes());
    for (int i = 0; i < request->messages() && writer->Write(response); ++i) {
    }
    return grpc::Status::OK;
  }
};

// The chats that are open.
class Chats {
 public:
  class Reactor final : public grpc::ServerBidiReactor<CallRequest, CallResponse> {
   public:
    explicit Reactor(Chats& chats) : chats_(chats) {
      StartSendInitialMetadata();
      StartRead(&request_);
    }
    void OnReadDone(bool ok) override {
      if (!ok) return End(grpc::Status::OK);
      response_.set_payload(request_.payload());
      StartWrite(&response_);
    }
    void OnWriteDone(bool ok) override {
      if (!ok) return End(grpc::Status::OK);
      StartRead(&request_);
    }
    void OnDone() override {
      chats_.Remove(this);
      delete this;
    }
    void End(const grpc::Status& status) {
      if (!ended_.exchange(true)) Finish(status);
    }

   private:
    Chats& chats_;
    CallRequest request_;
    CallResponse response_;
    std::atomic<bool> ended_{false};
  };

  Reactor* Open() {
    auto* const reactor = new Reactor(*this);
    absl::MutexLock lock(&mutex_);
    open_.insert(reactor);
    return reactor;
  }
  void EndAll() {
    absl::MutexLock lock(&mutex_);  // so that none is deleted meanwhile
    for (Reactor* const reactor : open_) reactor->End(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "ended"));
  }

 private:
  void Remove(Reactor* reactor) {
    absl::MutexLock lock(&mutex_);
    open_.erase(reactor);
  }

  absl::Mutex mutex_;
  absl::flat_hash_set<Reactor*> open_ ABSL_GUARDED_BY(mutex_);
};

class DownloadReactor final : public grpc::ServerWriteReactor<CallResponse> {
 public:
  explicit DownloadReactor(const DownloadRequest& request) : left_(request.messages()) {
    response_.mutable_payload()->resize(request.response_bytes());
    Next();
  }
  void OnWriteDone(bool ok) override {
    if (!ok) left_ = 0;
    Next();
  }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (left_-- <= 0) return Finish(grpc::Status::OK);
    StartWrite(&response_);
  }
  int left_;
  CallResponse response_;
};

class CallbackStreams final : public Streams::CallbackService {
 public:
  void EndChats() { chats_.EndAll(); }

 private:
  grpc::ServerBidiReactor<CallRequest, CallResponse>* Chat(grpc::CallbackServerContext*) override {
    return chats_.Open();
  }
  grpc::ServerWriteReactor<CallResponse>* Download(grpc::CallbackServerContext*,
                                                   const DownloadRequest* request) override {
    return new DownloadReactor(*request);
  }

  Chats chats_;
};

class NoOpInterceptor final : public grpc::experimental::Interceptor {
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override { methods->Proceed(); }
};

class NoOpFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo*) override { return new NoOpInterceptor; }
};

std::shared_ptr<const KeySet> MakeKeys() {
  std::vector<Key> made;
  made.emplace_back(V4SecretKey::Generate(), KeyAttributes{});
  return KeySet::Create(std::move(made)).value();
}

}  // namespace

StreamServer::StreamServer(Protection protection, Api api)
    : keys_(MakeKeys()), board_(std::make_shared<interceptor::TrustBoard>()) {
  board_->SetKeys(keys_);
  if (api == Api::kSync) {
    service_ = std::make_unique<SyncStreams>();
  } else {
    auto streams = std::make_unique<CallbackStreams>();
    end_chats_ = [raw = streams.get()] { raw->EndChats(); };
    service_ = std::move(streams);
  }
  if (protection == Protection::kGuard) {
    guard_ = interceptor::Guard::Create(
                 {.trust = interceptor::TrustFromBoard(board_), .issuer = "https://id.shop", .audience = "shop"})
                 .value();
    interceptor::GuardedServerBuilder builder(*guard_);
    builder.AddListeningPort("127.0.0.1:0", guard_->Plaintext(), &port_);
    builder.RegisterService(service_.get());
    server_ = builder.Start().value();
  } else {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(service_.get());
    if (protection == Protection::kNoOpInterceptor) {
      std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
      creators.push_back(std::make_unique<NoOpFactory>());
      builder.experimental().SetInterceptorCreators(std::move(creators));
    }
    server_ = builder.BuildAndStart();
  }
}

StreamServer::~StreamServer() { server_->Shutdown(); }

std::string StreamServer::Mint(absl::string_view subject, int number) const {
  TokenSpec spec;
  spec.claims.issuer = "https://id.shop";
  spec.claims.audiences = {"shop"};
  spec.claims.subject = std::string(subject);
  spec.claims.type = "access";
  spec.claims.token_id = TokenId(absl::StrCat("0b5c7d3e-6d0c-4f0e-9a53-", absl::Dec(number, absl::kZeroPad12)));
  spec.claims.session_id = SessionId(absl::StrCat("0192f3a4-7c1e-7d42-8c11-", absl::Dec(number, absl::kZeroPad12)));
  spec.claims.client_id = ClientId("web");
  spec.claims.scopes = {"orders:read"};
  spec.claims.issued_at = absl::Now();
  spec.claims.expires_at = absl::Now() + absl::Hours(1);
  return SignToken(*keys_, spec).value();
}

void StreamServer::RevokeSubject(absl::string_view subject) {
  const Revocation record = {RevocationKind::kSubject, std::string(subject), 1, absl::Now(),
                             absl::Now() + absl::Hours(1)};
  board_->AddRevocations({&record, 1});
}

void StreamServer::EndChats() { end_chats_(); }

std::unique_ptr<Streams::Stub> ConnectTo(int port) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return Streams::NewStub(
      grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials(), arguments));
}

}  // namespace paseto::bench
