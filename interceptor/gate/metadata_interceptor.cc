#include "grpc_paseto/interceptor/gate/metadata_interceptor.h"

#include <map>
#include <string>
#include <utility>

#include "grpc_paseto/interceptor/gate/server_gate.h"

namespace paseto::interceptor {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

class MetadataInterceptor final : public grpc::experimental::Interceptor {
 public:
  MetadataInterceptor(ServerGate& gate, ServerRpcInfo* info) : gate_(gate), info_(info) {}
  // Dies with the call's context: until then a handler may ask who calls.
  ~MetadataInterceptor() override {
    if (context_ != nullptr) gate_.hidden_callers().Remove(context_);
  }

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      Change(*methods->GetRecvInitialMetadata());
    }
    methods->Proceed();
  }

 private:
  // Runs once, before the handler and every other hook of the call.
  void Change(std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
    const grpc::ServerContextBase* const context = info_->server_context();
    change_ = gate_.MetadataChangeOf(info_->method(), *context);
    for (const std::string& key : change_.removed_keys) metadata.erase(key);
    for (const auto& [key, value] : change_.added) metadata.emplace(key, value);
    if (!change_.hidden_caller.has_value()) return;
    gate_.hidden_callers().Add(context, *std::move(change_.hidden_caller));
    context_ = context;
  }

  ServerGate& gate_;
  ServerRpcInfo* const info_;
  ServerGate::MetadataChange change_;  // the metadata has views into it
  const grpc::ServerContextBase* context_ = nullptr;
};

class MetadataInterceptorFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit MetadataInterceptorFactory(ServerGate& gate) : gate_(gate) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    return gate_.ChangesMetadata(info->method()) ? new MetadataInterceptor(gate_, info) : nullptr;
  }

 private:
  ServerGate& gate_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeMetadataInterceptorFactory(
    ServerGate& gate) {
  return std::make_unique<MetadataInterceptorFactory>(gate);
}

}  // namespace paseto::interceptor
