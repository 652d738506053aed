// TrustFeedService: the gRPC side of the trust feed (paseto.v1.TrustFeed), callback API.
//
// Watchers cost no thread each: writes go out as the feed moves, heartbeats at the publisher's tick. Only public halves
// of access and foreign keys leave the process.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_FEED_TRUST_FEED_SERVICE_H_
#define GRPC_PASETO_SERVICE_FEED_TRUST_FEED_SERVICE_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/service/feed/feed_publisher.h"
#include "grpc_paseto/service/feed/watcher.h"
#include "paseto/v1/trust_feed.grpc.pb.h"

namespace paseto::service {

class TrustFeedService final : public v1::TrustFeed::CallbackService {
 public:
  struct Dependencies {
    FeedPublisher* publisher = nullptr;              // required; outlives the service
    std::shared_ptr<interceptor::TrustBoard> board;  // required: whose keys are published
    std::string issuer;                              // required: of the tokens that the keys verify
    // Required: the client that calls, when it may watch. Its status goes to the caller as it is.
    std::function<absl::StatusOr<ClientId>(const grpc::CallbackServerContext&)> authorize_watch;
    // Required: the version of a key set of the board, 0 for one that has none.
    std::function<int64_t(const KeySet&)> key_set_version;
    absl::Duration keys_max_age = absl::Minutes(10);  // what GetKeys tells
    int patience_ticks = 30;  // ticks that a message may take to go out before its watcher is ended
  };

  // REQUIRES: every required dependency is there.
  explicit TrustFeedService(Dependencies dependencies);
  // REQUIRES: the server that it was registered with is shut down.
  ~TrustFeedService() override;

  // Ends every watcher with UNAVAILABLE, also those that come later.
  void Drain();

  size_t watchers() const;
  // Who watches, and which key set each has acknowledged.
  std::vector<VerifierAck> Verifiers() const;

  grpc::ServerBidiReactor<v1::WatchRequest, v1::WatchResponse>* Watch(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* GetKeys(grpc::CallbackServerContext* context, const v1::GetKeysRequest* request,
                                    v1::GetKeysResponse* response) override;

 private:
  std::vector<std::shared_ptr<Watcher>> Watchers() const;
  void PublishKeys();

  const Dependencies dependencies_;
  int subscription_ = 0;

  mutable absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t keys_serial_ ABSL_GUARDED_BY(mutex_) = 0;
  FeedMessage keys_ ABSL_GUARDED_BY(mutex_);
  absl::BitGen random_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Watcher*, std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_FEED_TRUST_FEED_SERVICE_H_
