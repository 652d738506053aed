// A feed that says anything. The input is a run of messages: two bytes of length, then that many of a WatchResponse.
// The length 65535 begins a new stream instead.
//
// What is refused changes nothing; within an epoch the position never falls; nothing is confirmed before a key set and
// a snapshot of the right issuer have come.
#include <string>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/interceptor/trust/feed_follower.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"

namespace paseto::interceptor {
namespace {

class FixedClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'800'000'000); }
};

bool Same(const v1::FeedPosition& a, const v1::FeedPosition& b) {
  return a.epoch() == b.epoch() && a.revision() == b.revision();
}

class Watcher {
 public:
  void StartStream() {
    const v1::FeedPosition from = follower_.StartStream(streams_++ % 2);
    PASETO_CHECK(from.epoch() == 0 || Same(from, follower_.position()));
    keys_came_ = false;
  }

  void Apply(const v1::WatchResponse& message) {
    const v1::FeedPosition before = follower_.position();
    const uint64_t records_before = follower_.revocations().change_count();
    const uint64_t keys_before = follower_.keys().serial();
    const bool trusted_before = follower_.WaitForFirstTrust(absl::ZeroDuration());
    const absl::StatusOr<bool> applied = follower_.Apply(message);
    const v1::FeedPosition after = follower_.position();
    const bool trusted = follower_.WaitForFirstTrust(absl::ZeroDuration());
    if (!applied.ok()) {
      // Changes whose instant is wrong are in force all the same.
      const bool may_have_changed = message.has_changes() && message.changes().has_as_of();
      PASETO_CHECK(may_have_changed || Same(before, after));
      PASETO_CHECK(may_have_changed || follower_.revocations().change_count() == records_before);
      PASETO_CHECK(follower_.keys().serial() == keys_before && trusted == trusted_before);
      return;
    }
    keys_came_ |= message.has_keys();
    PASETO_CHECK(keys_came_);
    PASETO_CHECK(before.epoch() != after.epoch() || after.revision() >= before.revision());
    PASETO_CHECK(!trusted || after.epoch() != 0);
    PASETO_CHECK(trusted || follower_.Age() == absl::InfiniteDuration());
  }

 private:
  const FixedClock clock_{};
  FeedFollower follower_{"https://id.test", clock_, [] {}};
  size_t streams_ = 0;
  bool keys_came_ = false;
};

void CheckFeed(FuzzInput input) {
  constexpr size_t kNewStream = 65535;
  Watcher watcher;
  watcher.StartStream();
  for (int messages = 0; messages < 64 && !input.is_over(); ++messages) {
    const size_t size = input.Number();
    if (size == kNewStream) {
      watcher.StartStream();
      continue;
    }
    v1::WatchResponse message;
    if (message.ParseFromString(std::string(input.Bytes(size)))) watcher.Apply(message);
  }
}

}  // namespace
}  // namespace paseto::interceptor

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::interceptor::CheckFeed(paseto::FuzzInput(data, size));
  return 0;
}
