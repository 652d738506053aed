// Kek: the key-encryption key under which the store keeps tokend's keys.
//
// A secret key is stored as PASERK local-wrap.pie or secret-wrap.pie (PASERK "Wrap", "PIE"). Beside it stands a seal, a
// keyed hash over everything that the row says about the key but its state, so that whoever can write to the database
// can neither add a key of his own nor give one another use, kind or foreign claims.
//
// Does not: protect the state of a key, nor its absence. Whoever can write to the database can retire keys.
// Threads: immutable; copies share the key.
#ifndef GRPC_PASETO_SERVICE_KEYS_KEK_H_
#define GRPC_PASETO_SERVICE_KEYS_KEK_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/token/key.h"
#include "grpc_paseto/service/store/key_store.h"

namespace paseto::service {

// OK when a row can hold `key`, and the feed publish it. Errors: INVALID_ARGUMENT naming the key, when it is of version
// 2 or 1, or has aliases or integer subjects: such a foreign key belongs into the key files of the verifiers.
absl::Status CheckStorable(const Key& key);

class Kek {
 public:
  explicit Kek(V4LocalKey key);

  // Its PASERK id (k4.lid.): safe to print, and kept beside what it wraps.
  const std::string& id() const { return id_; }

  // `key` at rest, in its state since `now`. REQUIRES: CheckStorable(key).
  KeyRow Wrap(const Key& key, absl::Time now) const;
  // The key in `row`, with its use and state.
  // Errors: FAILED_PRECONDITION when the row is under another key-encryption key; DATA_LOSS when it is not what was
  // stored. Each names the key's id.
  absl::StatusOr<Key> Open(const KeyRow& row) const;

 private:
  std::string Seal(const KeyRow& row) const;
  std::string WrappedText(const Key& key) const;
  absl::StatusOr<Key> OpenText(const KeyRow& row, KeyAttributes attributes) const;

  std::shared_ptr<const V4LocalKey> v4_;
  std::shared_ptr<const V3LocalKey> v3_;  // derived: keys of version 3 are wrapped by one of their version
  std::string id_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_KEYS_KEK_H_
