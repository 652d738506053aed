// The part of the suite that is about many callers at once, and about stopping while they call.
#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"
#include "grpc_paseto/tests/service/store/session_store_conformance.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::SizeIs;
using enum RevocationKind;
using enum RotationOutcome;

constexpr int kRacers = 64;

TEST_P(SessionStoreRaces, RacersWithOneGenerationConvergeOnOneSuccessor) {
  const Session session = Create(SampleSession(1));
  std::vector<RotationResult> results(kRacers);
  absl::BlockingCounter finished(kRacers);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < kRacers; i += 8) {
        store().Rotate(SampleAttempt(session, 1), kNow, [&, i](absl::StatusOr<RotationResult> result) {
          if (result.ok()) results[i] = *std::move(result);
          finished.DecrementCount();
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  finished.Wait();

  std::map<RotationOutcome, int> outcomes;
  std::set<uint64_t> generations;
  for (const RotationResult& result : results) {
    ++outcomes[result.outcome];
    generations.insert(result.session.generation);
  }
  EXPECT_EQ(outcomes, (std::map<RotationOutcome, int>{{kRotated, 1}, {kRepeated, kRacers - 1}}));
  EXPECT_EQ(generations, std::set<uint64_t>{2});
  EXPECT_EQ(Find(session.id).generation, 2u);
  EXPECT_EQ(Find(session.id).grace_uses, static_cast<uint32_t>(kRacers - 1));
}

TEST_P(SessionStoreRaces, OneOfManyCreatorsOfAnIdWins) {
  std::atomic<int> created = 0;
  std::atomic<int> refused = 0;
  absl::BlockingCounter finished(kRacers);
  for (int i = 0; i < kRacers; ++i) {
    store().Create(SampleSession(1), [&](absl::StatusOr<Session> session) {
      if (session.ok()) ++created;
      if (absl::IsAlreadyExists(session.status())) ++refused;
      finished.DecrementCount();
    });
  }
  finished.Wait();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(refused, kRacers - 1);
}

// Reads on from its own position until it has seen `total` records.
std::vector<Revocation> Tail(BlockingStore store, FeedPosition from, size_t total) {
  std::vector<Revocation> seen;
  while (seen.size() < total) {
    absl::StatusOr<FeedChanges> changes = store.ReadChanges(from, 7);
    if (!changes.ok()) return {};
    if (changes->position.revision < from.revision) return {};
    seen.insert(seen.end(), changes->revocations.begin(), changes->revocations.end());
    from = changes->position;
  }
  return seen;
}

TEST_P(SessionStoreRaces, ATailSeesEveryRevocationOnceAndInOrder) {
  constexpr int kThreads = 8;
  constexpr int kEach = 40;
  const FeedPosition start = Head();
  std::vector<Revocation> seen;
  std::thread tail([&] { seen = Tail(blocking(), start, kThreads * kEach); });
  std::vector<std::thread> revokers;
  std::vector<std::map<int64_t, std::string>> acknowledged(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    revokers.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string id = absl::StrCat("t-", t, "-", i);
        const absl::StatusOr<FeedPosition> position = blocking().Revoke(SampleOrder(kToken, id), kNow);
        if (position.ok()) acknowledged[t][position->revision] = id;
      }
    });
  }
  for (std::thread& thread : revokers) thread.join();
  tail.join();

  ASSERT_THAT(seen, SizeIs(kThreads * kEach));
  std::map<int64_t, std::string> want;
  for (const auto& part : acknowledged) want.insert(part.begin(), part.end());
  for (size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].revision, static_cast<int64_t>(i) + 1);
    EXPECT_EQ(seen[i].id, want[seen[i].revision]);
  }
}

TEST_P(SessionStoreRaces, NoRotationSucceedsAfterRevokeHasReturned) {
  for (int round = 1; round <= 20; ++round) {
    Session session = SampleSession(round);
    session.subject = absl::StrCat("subject-", round);
    session = Create(session);
    std::atomic<bool> revoked = false;
    std::atomic<int> late = 0;
    std::thread rotator([&] {
      uint64_t generation = 1;
      while (true) {
        const bool after = revoked;
        const absl::StatusOr<RotationResult> result = blocking().Rotate(SampleAttempt(session, generation), kNow);
        if (!result.ok() || result->outcome != kRotated) return;
        if (after) ++late;
        generation = result->session.generation;
      }
    });
    Revoke(round % 2 == 0 ? kSubject : kSession, round % 2 == 0 ? session.subject : session.id.text());
    revoked = true;
    rotator.join();
    EXPECT_EQ(late, 0);
  }
}

TEST_P(SessionStoreRaces, StoppingAnswersEveryOperationOnce) {
  constexpr int kOperations = 600;
  std::vector<std::atomic<int>> answers(kOperations);
  std::vector<std::atomic<bool>> acknowledged(kOperations);
  for (int i = 0; i < kOperations; ++i) {
    if (i % 3 == 0) {
      store().Find(SampleSessionId(i), [&, i](absl::StatusOr<absl::optional<Session>>) { ++answers[i]; });
    } else {
      store().Create(SampleSession(i), [&, i](absl::StatusOr<Session> session) {
        acknowledged[i] = session.ok();
        ++answers[i];
      });
    }
  }
  Close();
  for (const std::atomic<int>& count : answers) EXPECT_EQ(count, 1);
  Reopen();
  for (int i = 0; i < kOperations; ++i) {
    if (!acknowledged[i]) continue;
    EXPECT_EQ(Find(SampleSessionId(i)).id, SampleSessionId(i));
  }
}

// A completion that goes on calling while the store stops gets answers until the end.
struct Relay {
  SessionStore& store;
  std::atomic<int> started = 0;
  std::atomic<int> answered = 0;
  std::atomic<int> refused = 0;
  absl::Notification running = {};

  void Next() {
    if (++started == 20) running.Notify();
    store.Create(SampleSession(started), [this](absl::StatusOr<Session> session) {
      ++answered;
      if (absl::IsUnavailable(session.status())) {
        ++refused;
      } else {
        Next();
      }
    });
  }
};

TEST_P(SessionStoreRaces, CompletionsThatCallWhileTheStoreStopsAreRefused) {
  Relay relay{.store = store()};
  relay.Next();
  relay.running.WaitForNotification();
  Close();
  EXPECT_EQ(relay.answered, relay.started);
  EXPECT_EQ(relay.refused, 1);
}

}  // namespace
}  // namespace paseto::service
