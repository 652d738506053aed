// The Echo service in the generic APIs: one handler for every method, which sees a stream of bytes and a name.
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/tests/support/queued_call.h"

namespace paseto {
namespace {

using testing::EchoReply;
using testing::EchoRequest;

// What one call says, whatever carries it.
class Dialogue {
 public:
  Dialogue(const grpc::ServerContextBase& context, absl::string_view method) : context_(context) {
    answers_each_ = absl::EndsWith(method, "Echo/Follow") || absl::EndsWith(method, "Echo/Chat");
    holds_ = absl::EndsWith(method, "Echo/Follow");
    if (!answers_each_ && !absl::EndsWith(method, "Echo/Say") && !absl::EndsWith(method, "Echo/Collect")) {
      status_ = grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no such method");
    }
  }

  // The answer to a message, if there is one.
  absl::optional<grpc::ByteBuffer> OnMessage(grpc::ByteBuffer message) {
    EchoRequest request;
    PASETO_CHECK(grpc::SerializationTraits<EchoRequest>::Deserialize(&message, &request).ok());
    if (answers_each_) return Answer(request);
    all_ += request.text();
    return absl::nullopt;
  }
  // The answer when the client has said everything.
  absl::optional<grpc::ByteBuffer> OnEnd() {
    if (answers_each_ || !status_.ok()) return absl::nullopt;
    EchoRequest request;
    request.set_text(all_);
    return Answer(request);
  }
  // The call stays open until it is cancelled.
  bool holds() const { return holds_; }
  const grpc::Status& status() const { return status_; }

 private:
  grpc::ByteBuffer Answer(const EchoRequest& request) const {
    grpc::ByteBuffer bytes;
    bool own_buffer = false;
    PASETO_CHECK(grpc::SerializationTraits<EchoReply>::Serialize(ReplyTo(context_, request), &bytes, &own_buffer).ok());
    return bytes;
  }

  const grpc::ServerContextBase& context_;
  bool answers_each_ = false;
  bool holds_ = false;
  grpc::Status status_;
  std::string all_;
};

class GenericCall final : public QueuedCall<GenericCall, grpc::AsyncGenericService, grpc::GenericServerContext> {
 public:
  explicit GenericCall(const Place& place) : QueuedCall(place) {
    context_.AsyncNotifyWhenDone(&over_);
    place_.service.RequestCall(&context_, &stream_, queue(), queue(), &accepted_);
  }
  void Begin() {
    dialogue_.emplace(context_, context_.method());
    stream_.Read(&message_, &read_);
  }

 private:
  void OnRead(bool ok) {
    if (ok) {
      const absl::optional<grpc::ByteBuffer> answer = dialogue_->OnMessage(message_);
      if (!answer.has_value()) return stream_.Read(&message_, &read_);
      return stream_.Write(*answer, &written_);
    }
    if (const absl::optional<grpc::ByteBuffer> answer = dialogue_->OnEnd()) {
      return stream_.WriteAndFinish(*answer, grpc::WriteOptions(), dialogue_->status(), &ended_);
    }
    waits_ = dialogue_->holds() && !is_over_;
    if (!waits_) stream_.Finish(dialogue_->status(), &ended_);
  }
  void OnOver() {
    is_over_ = true;
    if (dialogue_->holds()) ++place_.counters.streams_cancelled;
    if (waits_) stream_.Finish(dialogue_->status(), &ended_);
    if (has_ended_) Delete();
  }

  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  grpc::ByteBuffer message_;
  absl::optional<Dialogue> dialogue_;
  bool waits_ = false;
  bool is_over_ = false;
  bool has_ended_ = false;
  QueueStep read_ = [this](bool ok) { OnRead(ok); };
  QueueStep written_ = [this](bool) { stream_.Read(&message_, &read_); };
  QueueStep over_ = [this](bool) { OnOver(); };
  QueueStep ended_ = [this](bool) {
    has_ended_ = true;
    if (is_over_) Delete();
  };
};

class AsyncGenericEcho final : public EchoBackend {
 public:
  explicit AsyncGenericEcho(EchoCounters& counters) : counters_(counters) {}

  void AddTo(interceptor::GuardedServerBuilder& builder) override {
    builder.RegisterAsyncGenericService(&service_);
    thread_.AddTo(builder);
  }
  void Serve() override {
    new GenericCall({service_, thread_, counters_});
    thread_.Start();
  }
  void Join() override { thread_.Join(); }

 private:
  EchoCounters& counters_;
  grpc::AsyncGenericService service_;
  QueueThread thread_;
};

class GenericReactor final : public grpc::ServerGenericBidiReactor {
 public:
  GenericReactor(const grpc::GenericCallbackServerContext& context, EchoCounters& counters)
      : counters_(counters), dialogue_(context, context.method()) {
    StartRead(&message_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return OnEnd();
    absl::optional<grpc::ByteBuffer> answer = dialogue_.OnMessage(message_);
    if (!answer.has_value()) return StartRead(&message_);
    answer_ = *std::move(answer);
    StartWrite(&answer_);
  }
  void OnWriteDone(bool) override { StartRead(&message_); }
  void OnCancel() override {
    if (!dialogue_.holds()) return;
    ++counters_.streams_cancelled;
    OnHalf();
  }
  void OnDone() override { delete this; }

 private:
  void OnEnd() {
    if (dialogue_.holds()) return OnHalf();
    absl::optional<grpc::ByteBuffer> answer = dialogue_.OnEnd();
    if (!answer.has_value()) return Finish(dialogue_.status());
    answer_ = *std::move(answer);
    StartWriteAndFinish(&answer_, grpc::WriteOptions(), dialogue_.status());
  }
  // A call that holds: once when the client has said everything and once when it is cancelled.
  void OnHalf() {
    if (++halves_ == 2) Finish(dialogue_.status());
  }

  EchoCounters& counters_;
  Dialogue dialogue_;
  grpc::ByteBuffer message_;
  grpc::ByteBuffer answer_;
  std::atomic<int> halves_{0};
};

class CallbackGenericEcho final : public EchoBackend, private grpc::CallbackGenericService {
 public:
  explicit CallbackGenericEcho(EchoCounters& counters) : counters_(counters) {}
  void AddTo(interceptor::GuardedServerBuilder& builder) override { builder.RegisterCallbackGenericService(this); }

 private:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    ++counters_.handlers_run;
    return new GenericReactor(*context, counters_);
  }

  EchoCounters& counters_;
};

}  // namespace

std::unique_ptr<EchoBackend> MakeAsyncGenericEcho(EchoCounters& counters) {
  return std::make_unique<AsyncGenericEcho>(counters);
}

std::unique_ptr<EchoBackend> MakeCallbackGenericEcho(EchoCounters& counters) {
  return std::make_unique<CallbackGenericEcho>(counters);
}

}  // namespace paseto
