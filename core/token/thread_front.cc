#include "grpc_paseto/core/token/thread_front.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace paseto {
namespace {

struct OwnedFront {
  uint64_t cache_id;
  std::shared_ptr<ThreadFront> front;
};

// This thread's fronts of all caches; few, mostly one.
thread_local std::vector<OwnedFront> my_fronts;

uint64_t NextId() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

const ThreadFront::Slot* ThreadFront::Find(const TokenIdentity& identity, uint64_t quick) const {
  if (sets_.empty()) return nullptr;
  for (const Slot& slot : sets_[quick % kSets].slots) {
    if (slot.quick == quick && slot.entry != nullptr && slot.entry->is_held() && slot.identity.Is(identity)) {
      return &slot;
    }
  }
  return nullptr;
}

std::shared_ptr<const VerifiedToken> ThreadFront::Keep(const TokenIdentity& identity, uint64_t quick,
                                                       std::shared_ptr<CachedToken> entry) {
  const VerifiedToken* const token = &entry->token();
  if (identity.text.size() + identity.assertion.size() > kMaxTextBytes) return {std::move(entry), token};
  if (sets_.empty()) sets_.resize(kSets);
  Set& set = sets_[quick % kSets];
  const auto is_free = [quick](const Slot& slot) {
    return slot.entry == nullptr || !slot.entry->is_held() || slot.quick == quick;
  };
  auto slot = std::find_if(set.slots.begin(), set.slots.end(), is_free);
  if (slot == set.slots.end()) slot = set.slots.begin() + set.next++ % kWays;
  slot->quick = quick;
  slot->identity.Assign(identity);
  slot->entry = entry.get();
  slot->token = std::shared_ptr<const VerifiedToken>(token, [entry = std::move(entry)](const VerifiedToken*) {});
  return slot->token;
}

void ThreadFront::Retire() {
  sets_ = std::vector<Set>();
  retired_.store(true, std::memory_order_release);
}

ThreadFronts::ThreadFronts() : id_(NextId()) {}

ThreadFronts::~ThreadFronts() {
  absl::MutexLock lock(&mutex_);
  for (const std::weak_ptr<ThreadFront>& weak : fronts_) {
    if (const std::shared_ptr<ThreadFront> front = weak.lock()) front->Retire();
  }
}

ThreadFront& ThreadFronts::Mine() {
  for (const OwnedFront& owned : my_fronts) {
    if (owned.cache_id == id_) return *owned.front;
  }
  return MakeMine();
}

ThreadFront& ThreadFronts::MakeMine() {
  my_fronts.erase(std::remove_if(my_fronts.begin(), my_fronts.end(),
                                 [](const OwnedFront& owned) { return owned.front->is_retired(); }),
                  my_fronts.end());
  auto front = std::make_shared<ThreadFront>();
  my_fronts.push_back({id_, front});
  absl::MutexLock lock(&mutex_);
  fronts_.erase(std::remove_if(fronts_.begin(), fronts_.end(), [](const auto& weak) { return weak.expired(); }),
                fronts_.end());
  fronts_.push_back(front);
  return *front;
}

}  // namespace paseto
