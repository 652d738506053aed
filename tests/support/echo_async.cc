// The Echo service on a completion queue, with generated code.
#include <string>

#include "grpc_paseto/tests/support/queued_call.h"

namespace paseto {
namespace {

using testing::Echo;
using testing::EchoReply;
using testing::EchoRequest;

template <typename Self>
using EchoCall = QueuedCall<Self, Echo::AsyncService>;

class SayCall final : public EchoCall<SayCall> {
 public:
  explicit SayCall(const Place& place) : QueuedCall(place) {
    place_.service.RequestSay(&context_, &request_, &responder_, queue(), queue(), &accepted_);
  }
  void Begin() { responder_.Finish(ReplyTo(context_, request_), grpc::Status::OK, &finished_); }

 private:
  EchoRequest request_;
  grpc::ServerAsyncResponseWriter<EchoReply> responder_{&context_};
};

class CollectCall final : public EchoCall<CollectCall> {
 public:
  explicit CollectCall(const Place& place) : QueuedCall(place) {
    place_.service.RequestCollect(&context_, &reader_, queue(), queue(), &accepted_);
  }
  void Begin() { reader_.Read(&request_, &read_); }

 private:
  void OnRead(bool ok) {
    if (ok) {
      all_ += request_.text();
      return reader_.Read(&request_, &read_);
    }
    request_.set_text(all_);
    reader_.Finish(ReplyTo(context_, request_), grpc::Status::OK, &finished_);
  }

  EchoRequest request_;
  std::string all_;
  grpc::ServerAsyncReader<EchoReply, EchoRequest> reader_{&context_};
  QueueStep read_ = [this](bool ok) { OnRead(ok); };
};

class FollowCall final : public EchoCall<FollowCall> {
 public:
  explicit FollowCall(const Place& place) : QueuedCall(place) {
    context_.AsyncNotifyWhenDone(&over_);
    place_.service.RequestFollow(&context_, &request_, &writer_, queue(), queue(), &accepted_);
  }
  void Begin() { writer_.Write(ReplyTo(context_, request_), &written_); }

 private:
  // Once written and once over.
  void OnHalf() {
    if (++halves_ == 2) writer_.Finish(grpc::Status::OK, &finished_);
  }

  EchoRequest request_;
  grpc::ServerAsyncWriter<EchoReply> writer_{&context_};
  int halves_ = 0;
  QueueStep written_ = [this](bool) { OnHalf(); };
  QueueStep over_ = [this](bool) {
    ++place_.counters.streams_cancelled;
    OnHalf();
  };
};

class ChatCall final : public EchoCall<ChatCall> {
 public:
  explicit ChatCall(const Place& place) : QueuedCall(place) {
    place_.service.RequestChat(&context_, &stream_, queue(), queue(), &accepted_);
  }
  void Begin() { stream_.Read(&request_, &read_); }

 private:
  EchoRequest request_;
  grpc::ServerAsyncReaderWriter<EchoReply, EchoRequest> stream_{&context_};
  QueueStep read_ = [this](bool ok) {
    if (!ok) return stream_.Finish(grpc::Status::OK, &finished_);
    stream_.Write(ReplyTo(context_, request_), &written_);
  };
  QueueStep written_ = [this](bool ok) {
    if (!ok) return stream_.Finish(grpc::Status::OK, &finished_);
    stream_.Read(&request_, &read_);
  };
};

class AsyncEcho final : public EchoBackend {
 public:
  explicit AsyncEcho(EchoCounters& counters) : counters_(counters) {}

  void AddTo(interceptor::GuardedServerBuilder& builder) override {
    builder.RegisterService(&service_);
    thread_.AddTo(builder);
  }
  void Serve() override {
    Await<SayCall>();
    Await<CollectCall>();
    Await<FollowCall>();
    Await<ChatCall>();
    thread_.Start();
  }
  void Join() override { thread_.Join(); }

 private:
  template <typename Call>
  void Await() {
    new Call({service_, thread_, counters_});
  }

  EchoCounters& counters_;
  Echo::AsyncService service_;
  QueueThread thread_;
};

}  // namespace

std::unique_ptr<EchoBackend> MakeAsyncEcho(EchoCounters& counters) { return std::make_unique<AsyncEcho>(counters); }

}  // namespace paseto
