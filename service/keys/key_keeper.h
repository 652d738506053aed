// KeyKeeper: the keys of a running tokend. It opens what the store keeps, publishes it, and carries out what
// key_rotation.h plans: rotation at each turn, and what administrators ask for.
//
// Every change is a compare-and-swap on the store's table, tried again by the table that won. What the store has
// committed is published at once: no restart is needed, and no older table ever replaces a newer one.
//
// Threads: all methods may be called from several threads at once. The store's completions hold a reference.
#ifndef GRPC_PASETO_SERVICE_KEYS_KEY_KEEPER_H_
#define GRPC_PASETO_SERVICE_KEYS_KEY_KEEPER_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/service/keys/kek.h"
#include "grpc_paseto/service/keys/key_rotation.h"
#include "grpc_paseto/service/log/json_log.h"
#include "grpc_paseto/service/store/key_store.h"

namespace paseto::service {

class KeyKeeper : public std::enable_shared_from_this<KeyKeeper> {
 public:
  struct Dependencies {
    KeyStore& store;     // outlives the last use
    const Clock& clock;  // these two outlive the store
    const JsonLog& log;
    Kek kek;
    RotationPolicy policy;
    // Gets every new set; it must be quick.
    std::function<void(std::shared_ptr<const KeySet>)> publish;
  };

  explicit KeyKeeper(Dependencies dependencies);

  // Takes over the keys of a file that the store has never seen, makes what is missing, and publishes. Blocks.
  // Errors: those of the store and of Kek::Open.
  absl::Status Load(absl::Span<const Key> file);

  // One look at the store, and what is due. `live` are the verifiers that are connected to this process.
  void Turn(std::vector<VerifierAck> live, Done<KeyTable> done);

  // The acts of the administrator `by`, as planned by key_rotation.h. Result: the table afterwards, which is published.
  // Errors: those of the plan and of the store.
  void Prepare(TokenKind kind, KeyUse use, ClientId by, Done<KeyTable> done);
  void Activate(std::string id, ClientId by, Done<KeyTable> done);
  void Retire(std::string id, ClientId by, Done<KeyTable> done);
  void Revoke(std::string id, ClientId by, Done<KeyTable> done);

  // The version of a set that was published; 0 for any other.
  int64_t VersionOf(const KeySet& keys) const;

  // The table as it is, with what verifiers have applied, for who wants to look.
  void Read(Done<KeyTable> done);
  void ReadAcks(Done<std::vector<VerifierAck>> done);

 private:
  using Plan = std::function<absl::StatusOr<RotationPlan>(const KeyTable& table)>;

  // Change, in the name of `by`.
  void Order(ClientId by, Plan plan, Done<KeyTable> done);
  // Plans by the present table until the store takes the change.
  void Change(Plan plan, int attempts, Done<KeyTable> done);
  void Apply(const KeyTable& before, Plan plan, int attempts, Done<KeyTable> done);
  KeyChange Complete(RotationPlan plan) const;
  absl::Status Publish(const KeyTable& table) ABSL_LOCKS_EXCLUDED(publish_mutex_, mutex_);
  void Tell(const KeyTable& before, const KeyTable& after) const;
  void TurnBy(absl::StatusOr<std::vector<VerifierAck>> acks, Done<KeyTable> done);
  std::vector<VerifierAck> NewsOf(std::vector<VerifierAck> live);

  const Dependencies dependencies_;
  absl::Mutex publish_mutex_;  // one publication at a time, the newer one last
  mutable absl::Mutex mutex_;
  int64_t published_version_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t published_serial_ ABSL_GUARDED_BY(mutex_) = 0;
  struct Saved {
    int64_t key_version = 0;
    absl::Time at;
  };
  // Of the verifiers that are connected to this process, what the store knows.
  absl::flat_hash_map<std::pair<std::string, std::string>, Saved> saved_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_KEYS_KEY_KEEPER_H_
