#include "grpc_paseto/service/feed/feed_publisher.h"

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/synchronization/notification.h"

namespace paseto::service {
namespace {

constexpr absl::Duration kPruneInterval = absl::Minutes(1);

absl::Status Check(const FeedPublisher::Dependencies& dependencies) {
  std::vector<std::string> problems;
  if (dependencies.store == nullptr) problems.push_back("store is required");
  if (dependencies.board == nullptr) problems.push_back("board is required");
  if (dependencies.clock == nullptr) problems.push_back("clock is required");
  if (dependencies.forget_clock == nullptr) problems.push_back("forget_clock is required");
  if (dependencies.tick <= absl::ZeroDuration()) problems.push_back("tick must be more than 0");
  if (dependencies.max_message_bytes == 0 || dependencies.max_message_bytes > kMaxRecordBytes) {
    problems.push_back("max_message_bytes must be 1 to 1048576");
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
}

}  // namespace

absl::StatusOr<std::unique_ptr<FeedPublisher>> FeedPublisher::Start(Dependencies dependencies) {
  if (const absl::Status complete = Check(dependencies); !complete.ok()) return complete;
  std::unique_ptr<FeedPublisher> publisher(new FeedPublisher(std::move(dependencies)));
  absl::Notification loaded;
  absl::Status status;
  publisher->reader_->Load([&](absl::Status result) {
    status = std::move(result);
    loaded.Notify();
  });
  loaded.WaitForNotification();
  if (!status.ok()) return status;

  publisher->dependencies_.store->OnHeadMoved([weak = std::weak_ptr<FeedReader>(publisher->reader_)] {
    if (const std::shared_ptr<FeedReader> reader = weak.lock()) reader->Poll();
  });
  publisher->reader_->Poll();  // what came between the first reading and now
  publisher->ticker_ = std::thread([self = publisher.get()] { self->Tick(); });
  return publisher;
}

FeedPublisher::FeedPublisher(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      reader_(std::make_shared<FeedReader>(dependencies_)),
      catch_up_(std::make_shared<CatchUp>(reader_, dependencies_)) {}

FeedPublisher::~FeedPublisher() {
  if (ticker_.joinable()) {
    dependencies_.store->OnHeadMoved(nullptr);
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    ticker_.join();
  }
  reader_->Stop();
}

// The one timer: looks at the store, lets heartbeats go out, forgets what no token can need.
void FeedPublisher::Tick() {
  absl::Duration since_prune = absl::ZeroDuration();
  for (;;) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), dependencies_.tick)) return;
    }
    reader_->Poll();
    tick_.Notify();
    since_prune += dependencies_.tick;
    if (since_prune < kPruneInterval) continue;
    since_prune = absl::ZeroDuration();
    dependencies_.board->Prune(dependencies_.forget_clock->Now());
  }
}

}  // namespace paseto::service
