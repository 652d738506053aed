#include "grpc_paseto/examples/guarded_service/async_shop.h"

#include <grpcpp/alarm.h>

#include <chrono>

#include "grpc_paseto/interceptor/gate/guard.h"

namespace examples::shop {
namespace {

using paseto::interceptor::Principal;
using paseto::interceptor::PrincipalFrom;
using paseto::interceptor::ToGrpcStatus;

constexpr std::chrono::milliseconds kTellEvery(250);

// One call, which is its own tag: there is one operation at a time.
class Call {
 public:
  explicit Call(AsyncShop& shop) : shop_(shop) { shop_.Count(1); }
  virtual ~Call() { shop_.Count(-1); }
  // The operation is done.
  virtual void Proceed(bool ok) = 0;

 protected:
  AsyncShop& shop_;
  grpc::ServerContext context_;
};

// A call comes here only after the guard let it pass.
class GetOrderCall final : public Call {
 public:
  explicit GetOrderCall(AsyncShop& shop) : Call(shop) {
    shop_.service().RequestGetOrder(&context_, &request_, &responder_, shop_.queue(), shop_.queue(), this);
  }

  void Proceed(bool ok) override {
    if (!ok || answered_) {
      delete this;
      return;
    }
    new GetOrderCall(shop_);  // for the next caller
    answered_ = true;
    const absl::StatusOr<Principal> caller = PrincipalFrom(context_);
    if (!caller.ok()) return responder_.FinishWithError(ToGrpcStatus(caller.status()), this);
    v1::GetOrderResponse response;
    response.set_product("tea for " + caller->subject());
    responder_.Finish(response, grpc::Status::OK, this);
  }

 private:
  v1::GetOrderRequest request_;
  grpc::ServerAsyncResponseWriter<v1::GetOrderResponse> responder_{&context_};
  bool answered_ = false;
};

class WatchOrdersCall final : public Call {
 public:
  explicit WatchOrdersCall(AsyncShop& shop) : Call(shop) {
    shop_.service().RequestWatchOrders(&context_, &request_, &writer_, shop_.queue(), shop_.queue(), this);
  }

  void Proceed(bool ok) override {
    switch (step_) {
      case Step::kWaiting:
        if (!ok) return Delete();  // the server shuts down
        new WatchOrdersCall(shop_);
        return Tell();
      case Step::kTelling:
        if (!ok) return Finish(grpc::Status::CANCELLED);  // the client went away, or the guard ended the stream
        step_ = Step::kPausing;
        return pause_.Set(shop_.queue(), std::chrono::system_clock::now() + kTellEvery, this);
      case Step::kPausing:
        return Tell();
      case Step::kFinishing:
        return Delete();
    }
  }

 private:
  enum class Step { kWaiting, kTelling, kPausing, kFinishing };

  void Tell() {
    // Asked again for each message: the stream may have been renewed with another token, of fewer scopes.
    const absl::StatusOr<Principal> caller = PrincipalFrom(context_);
    if (!caller.ok()) return Finish(ToGrpcStatus(caller.status()));
    v1::WatchOrdersResponse event;
    event.set_order_id("1");
    event.set_state("on the road");
    step_ = Step::kTelling;
    writer_.Write(event, this);
  }
  void Finish(const grpc::Status& status) {
    step_ = Step::kFinishing;
    writer_.Finish(status, this);
  }
  void Delete() { delete this; }

  v1::WatchOrdersRequest request_;
  grpc::ServerAsyncWriter<v1::WatchOrdersResponse> writer_{&context_};
  grpc::Alarm pause_;
  Step step_ = Step::kWaiting;
};

}  // namespace

void AsyncShop::AddTo(grpc::ServerBuilder& builder) {
  builder.RegisterService(&service_);
  queue_ = builder.AddCompletionQueue();
}

void AsyncShop::Serve() {
  new GetOrderCall(*this);
  new WatchOrdersCall(*this);
  thread_ = std::thread([this] { Run(); });
}

void AsyncShop::Run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) static_cast<Call*>(tag)->Proceed(ok);
}

void AsyncShop::Count(int calls) {
  absl::MutexLock lock(&mutex_);
  calls_ += calls;
}

void AsyncShop::Stop() {
  {
    // No operation may begin on a queue that is going down, and calls that end begin a last one.
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* calls) { return *calls == 0; }, &calls_));
  }
  queue_->Shutdown();
  thread_.join();
}

}  // namespace examples::shop
