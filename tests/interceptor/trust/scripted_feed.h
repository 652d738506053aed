// ScriptedFeed: a TrustFeed server on loopback whose Watch does what the test says.
#ifndef GRPC_PASETO_TESTS_INTERCEPTOR_TRUST_SCRIPTED_FEED_H_
#define GRPC_PASETO_TESTS_INTERCEPTOR_TRUST_SCRIPTED_FEED_H_

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "paseto/v1/trust_feed.grpc.pb.h"

namespace paseto::interceptor {

class ScriptedFeed final : public v1::TrustFeed::Service {
 public:
  using Stream = grpc::ServerReaderWriter<v1::WatchResponse, v1::WatchRequest>;
  // `call` counts from 1; `first` is the first request.
  struct Call {
    int number;
    grpc::ServerContext& context;
    v1::WatchRequest first;
    Stream& stream;

    // Waits until the client has gone.
    grpc::Status Hold() {
      v1::WatchRequest request;
      while (stream.Read(&request)) continue;
      return grpc::Status::OK;
    }
  };
  using Script = std::function<grpc::Status(Call&)>;

  explicit ScriptedFeed(Script script) : script_(std::move(script)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~ScriptedFeed() override { Stop(); }

  void Stop() {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  int calls() const { return calls_; }

  grpc::Status Watch(grpc::ServerContext* context, Stream* stream) override {
    Call call{++calls_, *context, {}, *stream};
    if (!stream->Read(&call.first)) return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no request");
    return script_(call);
  }

 private:
  const Script script_;
  std::atomic<int> calls_ = 0;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_TESTS_INTERCEPTOR_TRUST_SCRIPTED_FEED_H_
