#include "grpc_paseto/core/token/revocation_set.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/core/paseto/sodium_ready.h"

namespace paseto {
namespace {

constexpr size_t kShards = 64;
constexpr size_t kKinds = 5;

size_t Place(RevocationKind kind) { return static_cast<size_t>(kind) - 1; }

// A 128-bit SipHash value: random bits to whoever does not know the secret.
struct IdHash {
  std::array<uint32_t, 4> words;  // 4-byte alignment keeps a record at 20 bytes

  friend bool operator==(const IdHash&, const IdHash&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const IdHash& id) {
    return H::combine(std::move(h), id.words[0], id.words[1]);
  }
};

// One secret for each kind, so that equal ids of two kinds do not meet.
class IdHasher {
 public:
  IdHasher() {
    EnsureSodiumReady();
    randombytes_buf(keys_.data(), sizeof(keys_));
  }
  IdHash operator()(RevocationKind kind, absl::string_view id) const {
    IdHash hash;
    crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(hash.words.data()),
                                reinterpret_cast<const unsigned char*>(id.data()), id.size(),
                                keys_[Place(kind)].data());
    return hash;
  }

 private:
  std::array<std::array<unsigned char, crypto_shorthash_siphashx24_KEYBYTES>, kKinds> keys_;
};

// An instant as whole seconds, rounded up, in 32 bits. The largest value means never; it begins in 2106.
using CoarseTime = uint32_t;
constexpr CoarseTime kNever = std::numeric_limits<CoarseTime>::max();

CoarseTime ToCoarseTime(absl::Time time) {
  const double seconds = std::ceil(absl::ToDoubleSeconds(time - absl::UnixEpoch()));
  return static_cast<CoarseTime>(std::clamp(seconds, 0.0, static_cast<double>(kNever)));
}

bool IsOver(CoarseTime forget_after, absl::Time now) {
  return forget_after != kNever && absl::FromUnixSeconds(forget_after) < now;
}

// "All before now" for one subject, client or everything.
struct Horizon {
  int64_t revision;
  absl::Time revoked_at;
  CoarseTime forget_after;

  bool Concerns(const Claims& claims) const {
    if (claims.revision.has_value()) return *claims.revision < revision;
    // Dates of tokens are cut to whole seconds, so a token of the same second counts as made before.
    return !claims.issued_at.has_value() || *claims.issued_at <= revoked_at;
  }
  void Merge(const Horizon& other) {
    revision = std::max(revision, other.revision);
    revoked_at = std::max(revoked_at, other.revoked_at);
    forget_after = std::max(forget_after, other.forget_after);
  }
};

bool IsForOneId(RevocationKind kind) { return kind == RevocationKind::kToken || kind == RevocationKind::kSession; }

class Shard {
 public:
  void Add(const IdHash& id, const Revocation& record) {
    const CoarseTime forget_after = ToCoarseTime(record.forget_after);
    absl::MutexLock lock(&mutex_);
    if (IsForOneId(record.kind)) {
      CoarseTime& known = ids_[id];
      known = std::max(known, forget_after);
      return;
    }
    const Horizon horizon{record.revision, record.revoked_at, forget_after};
    const auto [found, is_new] = horizons_.try_emplace(id, horizon);
    if (!is_new) found->second.Merge(horizon);
  }

  bool HoldsId(const IdHash& id) const {
    absl::ReaderMutexLock lock(&mutex_);
    return ids_.contains(id);
  }

  bool HorizonConcerns(const IdHash& id, const Claims& claims) const {
    absl::ReaderMutexLock lock(&mutex_);
    const auto found = horizons_.find(id);
    return found != horizons_.end() && found->second.Concerns(claims);
  }

  size_t Prune(absl::Time now) {
    absl::MutexLock lock(&mutex_);
    return absl::erase_if(ids_, [now](const auto& entry) { return IsOver(entry.second, now); }) +
           absl::erase_if(horizons_, [now](const auto& entry) { return IsOver(entry.second.forget_after, now); });
  }

  size_t size() const {
    absl::ReaderMutexLock lock(&mutex_);
    return ids_.size() + horizons_.size();
  }

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<IdHash, CoarseTime> ids_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<IdHash, Horizon> horizons_ ABSL_GUARDED_BY(mutex_);
};

// One whole content. A reader holds on to the table that it started with.
class Table {
 public:
  void Add(const IdHash& id, const Revocation& record) {
    has_any_[Place(record.kind)].store(true, std::memory_order_release);  // before the record, so that none is missed
    For(id).Add(id, record);
  }
  // False only if no record of that kind was ever added: then nobody needs to hash an id and look for it.
  bool MayHold(RevocationKind kind) const { return has_any_[Place(kind)].load(std::memory_order_acquire); }
  Shard& For(const IdHash& id) { return shards_[id.words[3] % kShards]; }
  std::array<Shard, kShards>& shards() { return shards_; }

 private:
  std::array<Shard, kShards> shards_;
  std::array<std::atomic<bool>, kKinds> has_any_ = {};
};

}  // namespace

class RevocationSet::Impl {
 public:
  void Add(absl::Span<const Revocation> records) {
    absl::MutexLock lock(&write_mutex_);
    AddTo(*Current(), records);
    change_count_.fetch_add(1, std::memory_order_release);
  }

  void Replace(absl::Span<const Revocation> records) {
    absl::MutexLock lock(&write_mutex_);
    auto table = std::make_shared<Table>();
    AddTo(*table, records);
    {
      absl::MutexLock table_lock(&table_mutex_);
      table_.swap(table);
    }
    // After the content, so that whoever sees the new count sees the new content.
    change_count_.fetch_add(1, std::memory_order_release);
  }

  size_t Prune(absl::Time now) {
    absl::MutexLock lock(&write_mutex_);
    size_t dropped = 0;
    const std::shared_ptr<Table> table = Current();
    for (Shard& shard : table->shards()) dropped += shard.Prune(now);
    return dropped;
  }

  bool IsRevoked(const Claims& claims) const {
    const std::shared_ptr<Table> table = Current();
    return HoldsId(*table, RevocationKind::kToken, claims.token_id.text()) ||
           HoldsId(*table, RevocationKind::kSession, claims.session_id.text()) ||
           HorizonConcerns(*table, RevocationKind::kSubject, claims.subject, claims) ||
           HorizonConcerns(*table, RevocationKind::kClient, claims.client_id.text(), claims) ||
           HorizonConcerns(*table, RevocationKind::kEverything, "", claims);
  }

  uint64_t change_count() const { return change_count_.load(std::memory_order_acquire); }

  size_t size() const {
    size_t total = 0;
    const std::shared_ptr<Table> table = Current();
    for (const Shard& shard : table->shards()) total += shard.size();
    return total;
  }

 private:
  std::shared_ptr<Table> Current() const {
    absl::ReaderMutexLock lock(&table_mutex_);
    return table_;
  }

  void AddTo(Table& table, absl::Span<const Revocation> records) const {
    for (const Revocation& record : records) {
      const bool has_id = record.kind != RevocationKind::kEverything;
      if (has_id && record.id.empty()) continue;  // absent ids are not one id
      const IdHash id = hash_(record.kind, has_id ? absl::string_view(record.id) : "");
      table.Add(id, record);
    }
  }

  bool HoldsId(Table& table, RevocationKind kind, absl::string_view text) const {
    if (text.empty() || !table.MayHold(kind)) return false;
    const IdHash id = hash_(kind, text);
    return table.For(id).HoldsId(id);
  }

  bool HorizonConcerns(Table& table, RevocationKind kind, absl::string_view text, const Claims& claims) const {
    if (!table.MayHold(kind) || (text.empty() && kind != RevocationKind::kEverything)) return false;
    const IdHash id = hash_(kind, text);
    return table.For(id).HorizonConcerns(id, claims);
  }

  const IdHasher hash_;
  absl::Mutex write_mutex_ ABSL_ACQUIRED_BEFORE(table_mutex_);  // one change at a time
  mutable absl::Mutex table_mutex_;
  std::shared_ptr<Table> table_ ABSL_GUARDED_BY(table_mutex_) = std::make_shared<Table>();
  std::atomic<uint64_t> change_count_{0};
};

RevocationSet::RevocationSet() : impl_(std::make_unique<Impl>()) {}

RevocationSet::~RevocationSet() = default;

void RevocationSet::Add(absl::Span<const Revocation> records) { impl_->Add(records); }

void RevocationSet::Replace(absl::Span<const Revocation> records) { impl_->Replace(records); }

size_t RevocationSet::Prune(absl::Time now) { return impl_->Prune(now); }

bool RevocationSet::IsRevoked(const Claims& claims) const { return impl_->IsRevoked(claims); }

uint64_t RevocationSet::change_count() const { return impl_->change_count(); }

size_t RevocationSet::size() const { return impl_->size(); }

}  // namespace paseto
