#include "grpc_paseto/service/feed/feed_messages.h"

#include <utility>

#include "google/protobuf/repeated_ptr_field.h"
#include "grpc_paseto/interceptor/trust/wire.h"

namespace paseto::service {
namespace {

using WireRecords = google::protobuf::RepeatedPtrField<v1::Revocation>;

// What a record costs in its message besides its own bytes: the tag and a length of up to three bytes.
constexpr size_t kFrameBytes = 4;

// Cuts `records` into runs of at most `max_bytes`, each of at least one record.
std::vector<WireRecords> Cut(absl::Span<const Revocation> records, size_t max_bytes) {
  std::vector<WireRecords> runs;
  size_t bytes = 0;
  for (const Revocation& record : records) {
    v1::Revocation wire = interceptor::ToWire(record);
    const size_t cost = wire.ByteSizeLong() + kFrameBytes;
    if (runs.empty() || bytes + cost > max_bytes) {
      runs.emplace_back();
      bytes = 0;
    }
    bytes += cost;
    *runs.back().Add() = std::move(wire);
  }
  return runs;
}

}  // namespace

v1::FeedPosition ToWire(FeedPosition position) {
  v1::FeedPosition wire;
  wire.set_epoch(position.epoch);
  wire.set_revision(position.revision);
  return wire;
}

FeedPosition FromWire(const v1::FeedPosition& position) { return {position.epoch(), position.revision()}; }

std::vector<FeedMessage> ChangesMessages(absl::Span<const Revocation> records, int64_t epoch,
                                         absl::optional<absl::Time> as_of, size_t max_bytes) {
  std::vector<WireRecords> runs = Cut(records, max_bytes);
  std::vector<FeedMessage> messages;
  for (WireRecords& run : runs) {
    auto message = std::make_shared<v1::WatchResponse>();
    v1::Changes& changes = *message->mutable_changes();
    *changes.mutable_position() = ToWire({epoch, run[run.size() - 1].revision()});
    changes.mutable_revocations()->Swap(&run);
    if (as_of.has_value() && messages.size() + 1 == runs.size()) {
      *changes.mutable_as_of() = interceptor::ToWire(*as_of);
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

FeedMessage ChangesTail(const FeedMessage& changes, int64_t after) {
  auto message = std::make_shared<v1::WatchResponse>();
  v1::Changes& tail = *message->mutable_changes();
  *tail.mutable_position() = changes->changes().position();
  if (changes->changes().has_as_of()) *tail.mutable_as_of() = changes->changes().as_of();
  for (const v1::Revocation& record : changes->changes().revocations()) {
    if (record.revision() > after) *tail.add_revocations() = record;
  }
  return message;
}

std::vector<FeedMessage> SnapshotMessages(const FeedSnapshot& snapshot, size_t max_bytes) {
  std::vector<WireRecords> runs = Cut(snapshot.revocations, max_bytes);
  if (runs.empty()) runs.emplace_back();
  std::vector<FeedMessage> messages;
  for (WireRecords& run : runs) {
    auto message = std::make_shared<v1::WatchResponse>();
    v1::SnapshotPart& part = *message->mutable_snapshot();
    part.mutable_revocations()->Swap(&run);
    *part.mutable_position() = ToWire(snapshot.position);
    part.set_last(messages.size() + 1 == runs.size());
    messages.push_back(std::move(message));
  }
  return messages;
}

FeedMessage HeartbeatMessage(FeedPosition position, absl::Time as_of) {
  auto message = std::make_shared<v1::WatchResponse>();
  *message->mutable_heartbeat()->mutable_position() = ToWire(position);
  *message->mutable_heartbeat()->mutable_as_of() = interceptor::ToWire(as_of);
  return message;
}

FeedMessage KeysMessage(absl::string_view issuer, const KeySet& keys, int64_t version) {
  auto message = std::make_shared<v1::WatchResponse>();
  *message->mutable_keys() = interceptor::ToWire(issuer, keys);
  message->mutable_keys()->set_version(version);
  return message;
}

}  // namespace paseto::service
