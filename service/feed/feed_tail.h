// FeedTail: the newest part of the feed in memory, as messages that are ready to be sent.
//
// Bounded: the oldest messages are dropped when there are more records than allowed.
// Threads: none of its own; the owner locks.
#ifndef GRPC_PASETO_SERVICE_FEED_FEED_TAIL_H_
#define GRPC_PASETO_SERVICE_FEED_FEED_TAIL_H_

#include <cstddef>
#include <deque>
#include <vector>

#include "grpc_paseto/service/feed/feed_messages.h"
#include "grpc_paseto/service/session/session.h"

namespace paseto::service {

class FeedTail {
 public:
  explicit FeedTail(size_t max_records) : max_records_(max_records) {}

  // Forgets everything: the feed stands at `position`.
  void Reset(FeedPosition position);
  // Appends messages of ChangesMessages. REQUIRES: they continue the head.
  void Append(const std::vector<FeedMessage>& messages);

  // Where the feed stands.
  FeedPosition head() const { return head_; }
  // True when everything after `position` is here.
  bool Reaches(FeedPosition position) const;
  // The next message for a watcher that stands at `position`; null when it stands at the head.
  // REQUIRES: Reaches(position).
  FeedMessage After(FeedPosition position) const;

 private:
  const size_t max_records_;
  std::deque<FeedMessage> messages_;
  size_t records_ = 0;
  int64_t start_ = 0;  // the revision before the first message
  FeedPosition head_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_FEED_FEED_TAIL_H_
