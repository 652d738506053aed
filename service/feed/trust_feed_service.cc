#include "grpc_paseto/service/feed/trust_feed_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::service {
namespace {

using Reactor = grpc::ServerBidiReactor<v1::WatchRequest, v1::WatchResponse>;

// Ends a call that never became a watcher.
class Refused final : public Reactor {
 public:
  explicit Refused(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

grpc::Status Draining() {
  return interceptor::ToGrpcStatus(interceptor::MakeRefusal(
      v1::REASON_WATCH_ENDED, "the server shuts down; watch again on another one from the last position"));
}

}  // namespace

TrustFeedService::TrustFeedService(Dependencies dependencies) : dependencies_(std::move(dependencies)) {
  PublishKeys();
  subscription_ = dependencies_.board->Subscribe([this] { PublishKeys(); });
  PublishKeys();  // what was set meanwhile
  dependencies_.publisher->OnAdvance([this] {
    for (const std::shared_ptr<Watcher>& watcher : Watchers()) watcher->Advance();
  });
  dependencies_.publisher->OnTick([this] {
    for (const std::shared_ptr<Watcher>& watcher : Watchers()) watcher->Tick();
  });
}

TrustFeedService::~TrustFeedService() {
  dependencies_.publisher->OnAdvance(nullptr);
  dependencies_.publisher->OnTick(nullptr);
  dependencies_.board->Unsubscribe(subscription_);
}

void TrustFeedService::Drain() {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
  }
  for (const std::shared_ptr<Watcher>& watcher : Watchers()) watcher->End(Draining());
}

size_t TrustFeedService::watchers() const {
  absl::MutexLock lock(&mutex_);
  return watchers_.size();
}

std::vector<std::shared_ptr<Watcher>> TrustFeedService::Watchers() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::shared_ptr<Watcher>> watchers;
  watchers.reserve(watchers_.size());
  for (const auto& [key, watcher] : watchers_) watchers.push_back(watcher);
  return watchers;
}

std::vector<VerifierAck> TrustFeedService::Verifiers() const {
  std::vector<VerifierAck> verifiers;
  for (const std::shared_ptr<Watcher>& watcher : Watchers()) verifiers.push_back(watcher->acknowledged());
  return verifiers;
}

// Runs after every change of the board; most of those are revocations.
void TrustFeedService::PublishKeys() {
  FeedMessage keys;
  {
    absl::MutexLock lock(&mutex_);
    const std::shared_ptr<const KeySet> set = dependencies_.board->keys().Current();
    if (keys_ != nullptr && set->serial() == keys_serial_) return;
    keys_serial_ = set->serial();
    keys_ = KeysMessage(dependencies_.issuer, *set, dependencies_.key_set_version(*set));
    keys = keys_;
  }
  for (const std::shared_ptr<Watcher>& watcher : Watchers()) watcher->SetKeys(keys);
}

Reactor* TrustFeedService::Watch(grpc::CallbackServerContext* context) {
  const absl::StatusOr<ClientId> client = dependencies_.authorize_watch(*context);
  if (!client.ok()) return new Refused(interceptor::ToGrpcStatus(client.status()));
  const auto forget = [this](Watcher* watcher) {
    absl::MutexLock lock(&mutex_);
    watchers_.erase(watcher);
  };
  std::shared_ptr<Watcher> watcher;
  {
    absl::MutexLock lock(&mutex_);
    if (draining_) return new Refused(Draining());
    VerifierAck self{*client, absl::StrCat("stream-", absl::Hex(absl::Uniform<uint64_t>(random_)))};
    watcher = std::make_shared<Watcher>(*context, *dependencies_.publisher, keys_, std::move(self),
                                        dependencies_.patience_ticks, forget);
    watchers_.emplace(watcher.get(), watcher);
  }
  watcher->Start();
  return watcher.get();
}

grpc::ServerUnaryReactor* TrustFeedService::GetKeys(grpc::CallbackServerContext* context, const v1::GetKeysRequest*,
                                                    v1::GetKeysResponse* response) {
  {
    absl::MutexLock lock(&mutex_);
    *response->mutable_key_set() = keys_->keys();
    response->mutable_max_age()->set_seconds(absl::ToInt64Seconds(dependencies_.keys_max_age));
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace paseto::service
