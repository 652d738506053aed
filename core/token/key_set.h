// KeySet: the keys of one issuer, as an immutable snapshot. KeyRing: the place where the present snapshot hangs.
#ifndef GRPC_PASETO_CORE_TOKEN_KEY_SET_H_
#define GRPC_PASETO_CORE_TOKEN_KEY_SET_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/token/key.h"

namespace paseto {

// Threads: immutable.
class KeySet {
 public:
  // Errors: INVALID_ARGUMENT when two keys share an id (within one use or across uses) or an alias, two keys that can
  // sign are active for the same kind and use, or a key's attributes do not fit it (Key::CheckAttributes).
  static absl::StatusOr<std::shared_ptr<const KeySet>> Create(std::vector<Key> keys);

  // The key with this id whatever its state; null when there is none.
  const Key* Find(const KeyId& id) const { return FindByKid(id.text()); }
  // The key that a token's kid names, by its id or by an alias of a foreign key, whatever its state; null when there is
  // none.
  const Key* FindByKid(absl::string_view kid) const;
  // The key whose tokens have exactly this footer when they carry nothing else there (KeyLabel); null when there is
  // none.
  const Key* FindByFooter(absl::string_view footer) const;
  // The key that signs tokens of this kind and use; null when there is none.
  const Key* ActiveSigner(TokenKind kind, KeyUse use) const;
  absl::Span<const Key> keys() const { return keys_; }
  // Differs between any two sets made in this process.
  uint64_t serial() const { return serial_; }

  // One line per key: id, kind, use, state. Safe to print: no key bytes.
  std::string DebugString() const;

 private:
  explicit KeySet(std::vector<Key> keys);
  std::vector<Key> keys_;
  // Views into the labels of the keys.
  absl::flat_hash_map<absl::string_view, size_t> by_kid_;  // ids, and aliases
  absl::flat_hash_map<absl::string_view, size_t> by_footer_;
  uint64_t serial_;
};

// Threads: all methods may be called from several threads at once.
class KeyRing {
 public:
  KeyRing();  // an empty set
  explicit KeyRing(std::shared_ptr<const KeySet> keys);

  // Null stands for the empty set, here and in the constructor.
  void Swap(std::shared_ptr<const KeySet> keys);
  // The present set, never null.
  std::shared_ptr<const KeySet> Current() const;
  // The serial of the present set, without touching its reference count: cheap enough for every call.
  uint64_t serial() const { return serial_.load(std::memory_order_acquire); }

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const KeySet> keys_ ABSL_GUARDED_BY(mutex_);
  std::atomic<uint64_t> serial_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_KEY_SET_H_
