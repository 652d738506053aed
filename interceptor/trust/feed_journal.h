// FeedJournal: the messages that made the present keys and revocations, in a file, so that a verifier which starts
// while no server of the feed can be reached knows what it knew.
//
// Layout: "paseto-feed-journal-1\n", then one record for each message: its size (4 bytes, big endian), BLAKE2b-128 of
// the checksum before and the message, and the message (a WatchResponse: a key set, the parts of one snapshot, changes;
// never an as_of). A snapshot begins a new file, which takes the place of the old one when it is whole; changes are
// added to it. What is torn or damaged ends the reading: the state before it is an older one, from which the feed
// resumes. The file is bounded: what no longer fits is left out until the next snapshot.
//
// Threads: used by one thread at a time.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_FEED_JOURNAL_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_FEED_JOURNAL_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/interceptor/trust/feed_follower.h"
#include "paseto/v1/trust_feed.pb.h"

namespace paseto::interceptor {

class FeedJournal {
 public:
  // Beyond the size of its snapshot and this, nothing is added to a file.
  static constexpr int64_t kMaxAddedBytes = 16 << 20;

  explicit FeedJournal(std::string path);
  ~FeedJournal();
  FeedJournal(const FeedJournal&) = delete;
  FeedJournal& operator=(const FeedJournal&) = delete;

  // Applies what the file holds, and goes on with it when it is whole. Not an error: no file. Errors: PERMISSION_DENIED
  // for a file that others may write; UNAVAILABLE when it cannot be read; DATA_LOSS when it was damaged or is of
  // another issuer, and was read up to there. Each names the path.
  absl::Status Replay(FeedFollower& follower);

  // A stream begins: what an earlier one left half done is dropped.
  void StartStream();
  // `message` has been applied. Errors: UNAVAILABLE when it could not be written; nothing is written from then on until
  // the next snapshot.
  absl::Status Add(const v1::WatchResponse& message);

  // True when the file lacks something and only a snapshot can mend it.
  bool wants_snapshot() const { return incomplete_; }

 private:
  using Checksum = std::array<uint8_t, 16>;

  absl::Status ReadRecords(int fd, int64_t size, FeedFollower& follower);
  absl::Status Continue();
  absl::Status BeginSnapshot();
  absl::Status EndSnapshot();
  absl::Status Write(const v1::WatchResponse& message);
  absl::Status Fail(absl::string_view what);
  void Close();

  const std::string path_;
  int file_ = -1;             // the one that is written to
  bool in_snapshot_ = false;  // then it is the new one
  bool incomplete_ = true;    // the file in place is not what was applied
  int64_t room_ = 0;          // how many bytes may still be added
  Checksum checksum_ = {};
  v1::WatchResponse keys_;  // the last key set
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_FEED_JOURNAL_H_
