// How fast the SQLite store is by itself: durable rotations and creations per second, and their p99.
//
// The data folder is made in TMPDIR (or /tmp); point that to the disk that is to be measured.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/bench/closed_loop.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"
#include "grpc_paseto/tests/service/store/temp_folder.h"

namespace paseto::service {
namespace {

constexpr int kCallsPerSlot = 400;
constexpr int kStride = 7919;  // prime: neighbouring calls meet sessions that lie far apart

Session SizedSession(int number) {
  Session session = SampleSession(number);
  session.grant = std::string(200, 'g');
  session.absolute_deadline = absl::InfiniteFuture();
  return session;
}

// What stands between a rotation and its answer.
enum Setting {
  kPlain,
  kFreeRecord,  // the progress record lies in memory, where a flush costs nothing: what the record costs is the rest
  kAudited,
  kFailClosed,
  kCleaning,  // expired sessions are deleted all the time, 100 in a step
};

std::unique_ptr<SessionStore> Open(const TempFolder& temp, Setting setting = kPlain) {
  SqliteStoreOptions options{.folder = temp / "data"};
  if (setting == kFreeRecord) options.progress_file = absl::StrCat("/dev/shm/paseto-store-bench-", getpid());
  if (setting == kAudited || setting == kFailClosed) {
    options.audit = AuditOptions{temp / "audit.jsonl", temp / "audit.key", setting == kFailClosed};
  }
  absl::StatusOr<std::unique_ptr<SessionStore>> store = OpenSqliteStore(options);
  if (!store.ok()) {
    std::cerr << store.status() << std::endl;
    abort();
  }
  unlink(options.progress_file.c_str());
  return *std::move(store);
}

bench::LoopResult CreateSessions(SessionStore& store, std::atomic<int>& next, int in_flight, int64_t calls) {
  return bench::RunClosedLoop(in_flight, calls, [&](int, auto done) {
    store.Create(SizedSession(next++), [done](absl::StatusOr<Session> session) { done(session.ok()); });
  });
}

void Report(benchmark::State& state, const bench::LoopResult& last, int64_t calls) {
  if (last.failures != 0) state.SkipWithError("the store refused operations");
  state.SetItemsProcessed(calls);
  state.counters["p99_ms"] = last.LatencyMs(0.99);
}

// Lets sessions expire and deletes them, step after step, as tokend's cleaner does.
class Cleaning {
 public:
  Cleaning(SessionStore& store, int sessions) : store_(store) {
    std::atomic<int> next = kFirst;
    bench::RunClosedLoop(64, sessions, [&](int, auto done) {
      Session session = SizedSession(next++);
      session.absolute_deadline = kNow - absl::Hours(1);
      store_.Create(std::move(session), [done](absl::StatusOr<Session> created) { done(created.ok()); });
    });
    Step();
  }
  ~Cleaning() {
    stop_ = true;
    stopped_.WaitForNotification();
  }
  int64_t deleted() const { return deleted_; }

 private:
  static constexpr int kFirst = 50000000;
  void Step() {
    store_.DeleteExpired(kNow, 100, [this](absl::StatusOr<int> deleted) {
      if (deleted.ok()) deleted_ += *deleted;
      if (stop_ || !deleted.ok() || *deleted == 0) return stopped_.Notify();
      Step();
    });
  }

  SessionStore& store_;
  std::atomic<bool> stop_ = false;
  std::atomic<int64_t> deleted_ = 0;
  absl::Notification stopped_;
};

void Rotations(benchmark::State& state, Setting setting) {
  const auto sessions = static_cast<int>(state.range(0));
  const auto in_flight = static_cast<int>(state.range(1));
  const TempFolder temp;
  const std::unique_ptr<SessionStore> store = Open(temp, setting);
  std::atomic<int> next = 0;
  CreateSessions(*store, next, 64, sessions);
  std::vector<std::atomic<uint64_t>> generations(static_cast<size_t>(sessions));
  for (auto& generation : generations) generation = 1;
  std::atomic<int64_t> turn = 0;
  bench::LoopResult last;
  std::unique_ptr<Cleaning> cleaning;
  if (setting == kCleaning) cleaning = std::make_unique<Cleaning>(*store, 200000);
  for (auto _ : state) {
    last = bench::RunClosedLoop(in_flight, in_flight * kCallsPerSlot, [&](int, auto done) {
      const auto number = static_cast<int>(turn++ * kStride % sessions);
      std::atomic<uint64_t>& generation = generations[static_cast<size_t>(number)];
      store->Rotate(SampleAttempt(SizedSession(number), generation), kNow,
                    [done, &generation](absl::StatusOr<RotationResult> result) {
                      const bool rotated = result.ok() && result->outcome == RotationOutcome::kRotated;
                      if (rotated) generation = result->session.generation;
                      done(rotated);
                    });
    });
  }
  if (cleaning != nullptr) state.counters["cleaned"] = static_cast<double>(cleaning->deleted());
  Report(state, last, state.iterations() * in_flight * kCallsPerSlot);
}
BENCHMARK_CAPTURE(Rotations, plain, kPlain)
    ->ArgNames({"sessions", "in_flight"})
    ->Args({10000, 1})
    ->Args({10000, 64})
    ->Args({100000, 64})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
#define PASETO_ROTATIONS(setting)                   \
  BENCHMARK_CAPTURE(Rotations, setting, k##setting) \
      ->ArgNames({"sessions", "in_flight"})         \
      ->Args({10000, 64})                           \
      ->UseRealTime()                               \
      ->Unit(benchmark::kMillisecond)
PASETO_ROTATIONS(FreeRecord);
PASETO_ROTATIONS(Audited);
PASETO_ROTATIONS(FailClosed);
PASETO_ROTATIONS(Cleaning);

void Creations(benchmark::State& state) {
  const auto in_flight = static_cast<int>(state.range(0));
  const TempFolder temp;
  const std::unique_ptr<SessionStore> store = Open(temp);
  std::atomic<int> next = 0;
  bench::LoopResult last;
  for (auto _ : state) last = CreateSessions(*store, next, in_flight, in_flight * kCallsPerSlot);
  Report(state, last, state.iterations() * in_flight * kCallsPerSlot);
}
BENCHMARK(Creations)->ArgName("in_flight")->Arg(1)->Arg(64)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace paseto::service

BENCHMARK_MAIN();
