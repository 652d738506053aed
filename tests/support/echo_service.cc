#include "grpc_paseto/tests/support/echo_service.h"

#include <string>

#include "grpc_paseto/interceptor/gate/guard.h"

namespace paseto {
namespace {

using testing::Echo;
using testing::EchoReply;
using testing::EchoRequest;

class SyncEcho final : public Echo::Service {
 public:
  explicit SyncEcho(EchoCounters& counters) : counters_(counters) {}

  grpc::Status Say(grpc::ServerContext* context, const EchoRequest* request, EchoReply* reply) override {
    ++counters_.handlers_run;
    *reply = ReplyTo(*context, *request);
    return grpc::Status::OK;
  }

  grpc::Status Collect(grpc::ServerContext* context, grpc::ServerReader<EchoRequest>* reader,
                       EchoReply* reply) override {
    ++counters_.handlers_run;
    EchoRequest request;
    std::string all;
    while (reader->Read(&request)) all += request.text();
    request.set_text(all);
    *reply = ReplyTo(*context, request);
    return grpc::Status::OK;
  }

  grpc::Status Follow(grpc::ServerContext* context, const EchoRequest* request,
                      grpc::ServerWriter<EchoReply>* writer) override {
    ++counters_.handlers_run;
    writer->Write(ReplyTo(*context, *request));
    // A sync handler learns of the end only when it writes: a client that reads nothing more still makes this fail.
    while (writer->Write(ReplyTo(*context, *request))) {
    }
    ++counters_.streams_cancelled;
    return grpc::Status::OK;
  }

  grpc::Status Chat(grpc::ServerContext* context, grpc::ServerReaderWriter<EchoReply, EchoRequest>* stream) override {
    ++counters_.handlers_run;
    EchoRequest request;
    while (stream->Read(&request)) stream->Write(ReplyTo(*context, request));
    return grpc::Status::OK;
  }

 private:
  EchoCounters& counters_;
};

class CollectReactor final : public grpc::ServerReadReactor<EchoRequest> {
 public:
  CollectReactor(grpc::CallbackServerContext* context, EchoReply* reply) : context_(context), reply_(reply) {
    StartRead(&request_);
  }
  void OnReadDone(bool ok) override {
    if (ok) {
      all_ += request_.text();
      return StartRead(&request_);
    }
    request_.set_text(all_);
    *reply_ = ReplyTo(*context_, request_);
    Finish(grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  grpc::CallbackServerContext* const context_;
  EchoReply* const reply_;
  EchoRequest request_;
  std::string all_;
};

class FollowReactor final : public grpc::ServerWriteReactor<EchoReply> {
 public:
  FollowReactor(grpc::CallbackServerContext* context, const EchoRequest* request, EchoCounters& counters)
      : counters_(counters), reply_(ReplyTo(*context, *request)) {
    StartWrite(&reply_);
  }
  void OnWriteDone(bool) override {}
  void OnCancel() override {
    ++counters_.streams_cancelled;
    Finish(grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  EchoCounters& counters_;
  EchoReply reply_;
};

class ChatReactor final : public grpc::ServerBidiReactor<EchoRequest, EchoReply> {
 public:
  explicit ChatReactor(grpc::CallbackServerContext* context) : context_(context) { StartRead(&request_); }
  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    reply_ = ReplyTo(*context_, request_);
    StartWrite(&reply_);
  }
  void OnWriteDone(bool ok) override {
    if (ok) StartRead(&request_);
    if (!ok) Finish(grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  grpc::CallbackServerContext* const context_;
  EchoRequest request_;
  EchoReply reply_;
};

class CallbackEcho final : public Echo::CallbackService {
 public:
  explicit CallbackEcho(EchoCounters& counters) : counters_(counters) {}

  grpc::ServerUnaryReactor* Say(grpc::CallbackServerContext* context, const EchoRequest* request,
                                EchoReply* reply) override {
    ++counters_.handlers_run;
    *reply = ReplyTo(*context, *request);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerReadReactor<EchoRequest>* Collect(grpc::CallbackServerContext* context, EchoReply* reply) override {
    ++counters_.handlers_run;
    return new CollectReactor(context, reply);
  }
  grpc::ServerWriteReactor<EchoReply>* Follow(grpc::CallbackServerContext* context,
                                              const EchoRequest* request) override {
    ++counters_.handlers_run;
    return new FollowReactor(context, request, counters_);
  }
  grpc::ServerBidiReactor<EchoRequest, EchoReply>* Chat(grpc::CallbackServerContext* context) override {
    ++counters_.handlers_run;
    return new ChatReactor(context);
  }

 private:
  EchoCounters& counters_;
};

// A service that gRPC calls on threads of its own.
template <typename Service>
class ServiceBackend final : public EchoBackend {
 public:
  explicit ServiceBackend(EchoCounters& counters) : service_(counters) {}
  void AddTo(interceptor::GuardedServerBuilder& builder) override { builder.RegisterService(&service_); }

 private:
  Service service_;
};

}  // namespace

const char* NameOf(EchoApi api) {
  switch (api) {
    case EchoApi::kSync:
      return "Sync";
    case EchoApi::kCallback:
      return "Callback";
    case EchoApi::kAsync:
      return "Async";
    case EchoApi::kAsyncGeneric:
      return "AsyncGeneric";
    case EchoApi::kCallbackGeneric:
      return "CallbackGeneric";
  }
  return "";
}

EchoReply ReplyTo(const grpc::ServerContextBase& context, const EchoRequest& request) {
  EchoReply reply;
  reply.set_text(request.text());
  const absl::StatusOr<interceptor::Principal> principal = interceptor::PrincipalFrom(context);
  if (!principal.ok()) {
    reply.set_principal(std::string(principal.status().message()));
  } else {
    reply.set_principal(principal->anonymous() ? "anonymous" : principal->subject());
  }
  return reply;
}

std::unique_ptr<EchoBackend> MakeEcho(EchoApi api, EchoCounters& counters) {
  switch (api) {
    case EchoApi::kSync:
      return std::make_unique<ServiceBackend<SyncEcho>>(counters);
    case EchoApi::kCallback:
      return std::make_unique<ServiceBackend<CallbackEcho>>(counters);
    case EchoApi::kAsync:
      return MakeAsyncEcho(counters);
    case EchoApi::kAsyncGeneric:
      return MakeAsyncGenericEcho(counters);
    case EchoApi::kCallbackGeneric:
      return MakeCallbackGenericEcho(counters);
  }
  return nullptr;
}

std::unique_ptr<grpc::Service> MakeEchoService(EchoCounters& counters) {
  return std::make_unique<CallbackEcho>(counters);
}

}  // namespace paseto
