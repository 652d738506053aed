// FeedPublisher: follows the store's feed for this process and for its watchers.
//
// Reads what is new when the store says that its head moved, and at every tick. What it reads goes to the process' own
// TrustBoard first, then to whoever waits in WhenApplied, then to the listeners.
//
// Threads: all methods may be called from several threads at once. One thread of its own, for the ticks.
#ifndef GRPC_PASETO_SERVICE_FEED_FEED_PUBLISHER_H_
#define GRPC_PASETO_SERVICE_FEED_FEED_PUBLISHER_H_

#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/feed/catch_up.h"
#include "grpc_paseto/service/feed/feed_reader.h"

namespace paseto::service {

class FeedPublisher {
 public:
  using Dependencies = FeedDependencies;

  // Reads what is in force and concerns clients, then starts to follow. Blocks until that is done. The store outlives
  // the publisher and is used by its listener for the feed's head from now on. Errors: INVALID_ARGUMENT for what is
  // missing; those of the store.
  static absl::StatusOr<std::unique_ptr<FeedPublisher>> Start(Dependencies dependencies);
  // Whoever still waits gets UNAVAILABLE.
  ~FeedPublisher();

  // Runs `done` once this process itself refuses whatever `position` and all before it revoke: at once, inside the
  // call, when it does so already, else on a thread of the store.
  // Errors: UNAVAILABLE when the store cannot be read now; the revocation stands, and follows later.
  void WhenApplied(FeedPosition position, FeedReader::Applied done) { reader_->WhenApplied(position, std::move(done)); }

  // Where this process stands, and when the store last confirmed that nothing newer exists.
  FeedPosition head() const { return reader_->head(); }
  absl::Time as_of() const { return reader_->as_of(); }

  // For watchers: what comes next, from memory; and what memory does not reach, from the store.
  FeedStep Next(FeedPosition position, bool heartbeat) const { return reader_->Next(position, heartbeat); }
  void CatchUpFrom(FeedPosition position, const ClientId& by, CatchUp::Done done) {
    catch_up_->From(position, by, std::move(done));
  }

  // Each runs on a thread of the store or of this object; it must be quick. One listener each; an empty one ends it,
  // and no call of the old one is running when this returns.
  void OnAdvance(std::function<void()> listener) { reader_->advance().Set(std::move(listener)); }
  void OnTick(std::function<void()> listener) { tick_.Set(std::move(listener)); }

 private:
  explicit FeedPublisher(Dependencies dependencies);
  void Tick();

  const Dependencies dependencies_;
  const std::shared_ptr<FeedReader> reader_;
  const std::shared_ptr<CatchUp> catch_up_;
  interceptor::ListenerSlot tick_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread ticker_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_FEED_FEED_PUBLISHER_H_
