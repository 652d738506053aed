#include "grpc_paseto/service/feed/feed_tail.h"

#include <algorithm>

namespace paseto::service {
namespace {

size_t Records(const FeedMessage& message) { return static_cast<size_t>(message->changes().revocations_size()); }

int64_t End(const FeedMessage& message) { return message->changes().position().revision(); }

}  // namespace

void FeedTail::Reset(FeedPosition position) {
  messages_.clear();
  records_ = 0;
  start_ = position.revision;
  head_ = position;
}

void FeedTail::Append(const std::vector<FeedMessage>& messages) {
  for (const FeedMessage& message : messages) {
    messages_.push_back(message);
    records_ += Records(message);
    head_.revision = End(message);
  }
  while (records_ > max_records_) {
    records_ -= Records(messages_.front());
    start_ = End(messages_.front());
    messages_.pop_front();
  }
}

bool FeedTail::Reaches(FeedPosition position) const {
  return position.epoch == head_.epoch && position.revision >= start_ && position.revision <= head_.revision;
}

FeedMessage FeedTail::After(FeedPosition position) const {
  const auto next =
      std::upper_bound(messages_.begin(), messages_.end(), position.revision,
                       [](int64_t revision, const FeedMessage& message) { return revision < End(message); });
  if (next == messages_.end()) return nullptr;
  const bool whole = (*next)->changes().revocations(0).revision() == position.revision + 1;
  return whole ? *next : ChangesTail(*next, position.revision);
}

}  // namespace paseto::service
