// The messages of the trust feed, made from what the store and the key set hold. Each is built once and shared by all
// watchers.
#ifndef GRPC_PASETO_SERVICE_FEED_FEED_MESSAGES_H_
#define GRPC_PASETO_SERVICE_FEED_FEED_MESSAGES_H_

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/revocation_set.h"
#include "grpc_paseto/service/session/session.h"
#include "grpc_paseto/service/store/session_store.h"
#include "paseto/v1/trust_feed.pb.h"

namespace paseto::service {

using FeedMessage = std::shared_ptr<const v1::WatchResponse>;

// The contract's bound for the records of one message.
inline constexpr size_t kMaxRecordBytes = 1 << 20;

v1::FeedPosition ToWire(FeedPosition position);
FeedPosition FromWire(const v1::FeedPosition& position);

// Messages that bring a watcher from the position before `records` to their end, in order; none for no records. Each
// holds at most `max_bytes` of records. `as_of` travels in the last one.
std::vector<FeedMessage> ChangesMessages(absl::Span<const Revocation> records, int64_t epoch,
                                         absl::optional<absl::Time> as_of, size_t max_bytes);

// The same changes from `after` on. REQUIRES: `changes` is of ChangesMessages and holds `after`'s successor.
FeedMessage ChangesTail(const FeedMessage& changes, int64_t after);

// The whole snapshot, in order; at least one message.
std::vector<FeedMessage> SnapshotMessages(const FeedSnapshot& snapshot, size_t max_bytes);

FeedMessage HeartbeatMessage(FeedPosition position, absl::Time as_of);
FeedMessage KeysMessage(absl::string_view issuer, const KeySet& keys, int64_t version);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_FEED_FEED_MESSAGES_H_
