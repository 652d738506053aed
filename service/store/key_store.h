// KeyStore: the part of a store that keeps tokend's own keys, and what verifiers have acknowledged of them.
//
// Keys are read as one table and changed by compare-and-swap on its version: whoever decides by an older table changes
// nothing and decides again. So an activation happens once, whatever processes and administrators do at the same time,
// and revoking a key and activating its successor is one change.
//
// Completions, errors and threads are as in session_store.h.
#ifndef GRPC_PASETO_SERVICE_STORE_KEY_STORE_H_
#define GRPC_PASETO_SERVICE_STORE_KEY_STORE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/core/token/key.h"
#include "grpc_paseto/service/session/session.h"

namespace paseto::service {

template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

inline constexpr size_t kMaxKeys = 256;
inline constexpr size_t kMaxVerifierIdBytes = 64;
// How many verifiers of one client are remembered; others are not waited for.
inline constexpr int kMaxVerifiersOfClient = 2000;
// How many acknowledgements one call may save.
inline constexpr size_t kMaxAcksAtOnce = 500;

// One key at rest.
struct KeyRow {
  std::string id;  // as tokens name it
  TokenKind kind;
  KeyUse use = KeyUse::kAccess;
  KeyState state = KeyState::kAnnounced;
  std::vector<std::string> foreign_claims = {};
  std::string paserk = {};        // local-wrap.pie or secret-wrap.pie; a key without a secret as it is
  std::string kek = {};           // the id of the key that it is wrapped under; empty for a key without a secret
  std::string seal = {};          // binds everything above but the state to that key
  absl::Time state_since = {};    // when it took its state
  int64_t published_version = 0;  // of the table in which it came; the store sets it

  bool has_secret() const { return !kek.empty(); }
  friend bool operator==(const KeyRow&, const KeyRow&) = default;
};

struct KeyTable {
  // Rises with every change and every epoch of the store, and is never below the epoch's number: a store that takes the
  // place of another one has a higher version, so that verifiers may refuse a lower one. 0: there never was a key.
  int64_t version = 0;
  std::vector<KeyRow> rows;       // by state_since, then id
  std::vector<std::string> gone;  // ids that were revoked or dropped: they never come back
  FeedPosition head;              // of the trust feed, in the same transaction
};

struct KeyChange {
  int64_t expected_version = 0;
  std::vector<KeyRow> put = {};        // new rows, or rows that are there already as they are to be
  std::vector<std::string> drop = {};  // ids of rows that are to go
  ClientId by = {};                    // who ordered it, for the audit; empty: tokend itself
};

// What one running verifier has applied.
struct VerifierAck {
  ClientId client;
  std::string verifier;     // tells the verifiers of a client apart
  int64_t key_version = 0;  // of the newest table that it has applied; 0: none

  friend bool operator==(const VerifierAck&, const VerifierAck&) = default;
};

// Errors: INVALID_ARGUMENT for empty or overlong texts and too many rows.
absl::Status CheckKeyChange(const KeyChange& change);
absl::Status CheckAcks(const std::vector<VerifierAck>& acks);

// What every engine checks inside the transaction. Errors: those of ChangeKeys.
absl::Status CheckKeyChangeAgainst(const KeyTable& before, const KeyChange& change);

class KeyStore {
 public:
  virtual ~KeyStore() = default;

  virtual void ReadKeys(Done<KeyTable> done) = 0;

  // Makes the change as a whole and raises the version. What is put as revoked or is dropped is gone from then on.
  // Result: the table afterwards.
  // Errors: ABORTED when the version is another one; FAILED_PRECONDITION when a new row's id is gone, or two keys with
  // secrets would be active for one kind and use. Then nothing changes.
  virtual void ChangeKeys(KeyChange change, absl::Time now, Done<KeyTable> done) = 0;

  // Remembers that these verifiers were seen at `now` and what they have applied, and forgets those that were not seen
  // since `forget_before`. Result: how many are remembered.
  virtual void SaveAcks(std::vector<VerifierAck> acks, absl::Time now, absl::Time forget_before, Done<int> done) = 0;
  // Those that were seen at `since` or later.
  virtual void ReadAcks(absl::Time since, Done<std::vector<VerifierAck>> done) = 0;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_KEY_STORE_H_
