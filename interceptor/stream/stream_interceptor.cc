#include "grpc_paseto/interceptor/stream/stream_interceptor.h"

#include <grpc/grpc.h>

#include <atomic>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace paseto::interceptor {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

// A reference to gRPC's call object: ending a call that is over does nothing.
class GrpcLiveCall final : public LiveCall {
 public:
  explicit GrpcLiveCall(grpc_call* call) : call_(call) { grpc_call_ref(call_); }
  ~GrpcLiveCall() override { grpc_call_unref(call_); }

  void End(const absl::Status& status) override {
    const std::string text(status.message());
    grpc_call_cancel_with_status(call_, static_cast<grpc_status_code>(status.code()), text.c_str(), nullptr);
  }

 private:
  grpc_call* const call_;
};

// What all interceptors of one server share.
struct Shared {
  StreamAdmission& admission;
  StreamGuard& streams;
  const std::string instance;
};

// In the callback API two hooks of one call may run at once (the close against another batch): what changes is atomic.
class StreamInterceptor final : public grpc::experimental::Interceptor {
 public:
  StreamInterceptor(const Shared& shared, ServerRpcInfo* info) : shared_(shared), info_(info) {}
  // Dies with the call's context: until then a handler may ask who calls.
  ~StreamInterceptor() override {
    if (const StreamGuard::Id id = watched_.load()) shared_.streams.Forget(id);
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) EnterOrEnd();
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      Announce(*methods->GetSendInitialMetadata());
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_CLOSE)) Leave();
    methods->Proceed();
  }

 private:
  // No exception may reach gRPC: one that is thrown here (memory ran out) ends the stream.
  void EnterOrEnd() {
    grpc_call* const call = info_->server_context()->c_call();
    if (call == nullptr) return;  // the server shuts down and no call came
    try {
      Enter(call);
    } catch (...) {
      grpc_call_cancel_with_status(call, GRPC_STATUS_INTERNAL, "internal: the call could not be judged", nullptr);
    }
  }

  void Enter(grpc_call* call) {
    auto live_call = std::make_unique<GrpcLiveCall>(call);
    AdmittedStream admitted = shared_.admission.Admit(info_->method(), *info_->server_context());
    if (!admitted.refusal.ok()) return shared_.streams.End(*live_call, admitted.method, admitted.refusal);
    if (admitted.token == nullptr && admitted.max_lifetime == absl::InfiniteDuration()) return;  // nothing can end it
    StreamGuard::Stream stream;
    stream.call = std::move(live_call);
    stream.token = std::move(admitted.token);
    stream.grace = admitted.grace;
    stream.max_lifetime = admitted.max_lifetime;
    stream.method = admitted.method;
    announces_ = !admitted.name.empty();
    stream.name = std::move(admitted.name);
    stream.context = info_->server_context();
    watched_.store(shared_.streams.Watch(std::move(stream)));
  }

  void Announce(std::multimap<std::string, std::string>& metadata) const {
    const StreamGuard::Id id = watched_.load();
    if (id == nullptr || !announces_) return;
    const absl::Duration life = shared_.streams.RemainingLife(id);
    if (life != absl::InfiniteDuration()) {
      metadata.emplace(std::string(kStreamLifeKey), absl::StrCat(absl::ToInt64Milliseconds(life)));
    }
    if (!shared_.instance.empty()) metadata.emplace(std::string(kInstanceKey), shared_.instance);
  }

  void Leave() {
    if (const StreamGuard::Id id = watched_.load()) shared_.streams.Close(id);
  }

  const Shared& shared_;  // the factory's, which lives as long as the server
  ServerRpcInfo* const info_;
  std::atomic<StreamGuard::Id> watched_{nullptr};
  bool announces_ = false;  // set before `watched_`
};

class StreamInterceptorFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit StreamInterceptorFactory(Shared shared) : shared_(std::move(shared)) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    if (info->type() == ServerRpcInfo::Type::UNARY) return nullptr;
    return new StreamInterceptor(shared_, info);
  }

 private:
  const Shared shared_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeStreamInterceptorFactory(
    StreamAdmission& admission, StreamGuard& streams, std::string instance) {
  return std::make_unique<StreamInterceptorFactory>(Shared{admission, streams, std::move(instance)});
}

}  // namespace paseto::interceptor
