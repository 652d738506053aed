// ScriptedServer: a server of streams without a guard. Its renewals are answered as a test says, and its first stream
// expires as soon as somebody has asked to renew it.
#ifndef GRPC_PASETO_TESTS_INTERCEPTOR_CLIENT_SCRIPTED_SERVER_H_
#define GRPC_PASETO_TESTS_INTERCEPTOR_CLIENT_SCRIPTED_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "paseto/v1/stream_authorization.grpc.pb.h"
#include "tests/support/echo.grpc.pb.h"

namespace paseto::client {

class ScriptedServer {
 public:
  using Metadata = std::multimap<std::string, std::string>;
  struct Renewal {
    Metadata metadata;
    v1::RenewRequest request;
    absl::Time at;
  };

  // `refusals` answer the first renewals; the later ones succeed and give an hour.
  explicit ScriptedServer(std::vector<grpc::Status> refusals) : renewals_(std::move(refusals)), echo_(renewals_) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&renewals_);
    builder.RegisterService(&echo_);
    server_ = builder.BuildAndStart();
  }

  std::shared_ptr<grpc::Channel> NewChannel() const {
    return grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials());
  }
  // Waits for `count` renewals and gives all that came.
  std::vector<Renewal> AwaitRenewals(size_t count) { return renewals_.Await(count); }

 private:
  class Renewals final : public v1::StreamAuthorization::Service {
   public:
    explicit Renewals(std::vector<grpc::Status> refusals) : refusals_(std::move(refusals)) {}

    grpc::Status Renew(grpc::ServerContext* context, const v1::RenewRequest* request,
                       v1::RenewResponse* response) override {
      Renewal renewal{{}, *request, absl::Now()};
      for (const auto& [key, value] : context->client_metadata()) {
        renewal.metadata.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
      }
      absl::MutexLock lock(&mutex_);
      came_.push_back(std::move(renewal));
      if (came_.size() <= refusals_.size()) return refusals_[came_.size() - 1];
      response->mutable_remaining_life()->set_seconds(3600);
      return grpc::Status::OK;
    }
    std::vector<Renewal> Await(size_t count) {
      const auto came = [&] {
        mutex_.AssertHeld();
        return came_.size() >= count;
      };
      absl::MutexLock lock(&mutex_, absl::Condition(&came));
      return came_;
    }

   private:
    const std::vector<grpc::Status> refusals_;
    absl::Mutex mutex_;
    std::vector<Renewal> came_ ABSL_GUARDED_BY(mutex_);
  };

  // Every Follow gives one reply: the credential that it came with.
  class Streams final : public testing::Echo::Service {
   public:
    explicit Streams(Renewals& renewals) : renewals_(renewals) {}

    grpc::Status Follow(grpc::ServerContext* context, const testing::EchoRequest*,
                        grpc::ServerWriter<testing::EchoReply>* writer) override {
      const auto token = context->client_metadata().find("authorization");
      testing::EchoReply reply;
      if (token != context->client_metadata().end()) {
        reply.set_text(std::string(token->second.data(), token->second.size()));
      }
      writer->Write(reply);
      if (opened_++ > 0) return grpc::Status::OK;
      renewals_.Await(1);
      return {grpc::StatusCode::UNAUTHENTICATED, "stream_expired: the token of the stream has expired"};
    }

   private:
    Renewals& renewals_;
    std::atomic<int> opened_{0};
  };

  Renewals renewals_;
  Streams echo_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace paseto::client

#endif  // GRPC_PASETO_TESTS_INTERCEPTOR_CLIENT_SCRIPTED_SERVER_H_
