// How fast the SQLite store is by itself: durable rotations and creations per second, and their p99.
//
// The data folder is made in TMPDIR (or /tmp); point that to the disk that is to be measured.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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

std::unique_ptr<SessionStore> Open(const std::string& folder) {
  absl::StatusOr<std::unique_ptr<SessionStore>> store = OpenSqliteStore({.folder = folder});
  if (!store.ok()) abort();
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

void Rotations(benchmark::State& state) {
  const auto sessions = static_cast<int>(state.range(0));
  const auto in_flight = static_cast<int>(state.range(1));
  const TempFolder temp;
  const std::unique_ptr<SessionStore> store = Open(temp / "data");
  std::atomic<int> next = 0;
  CreateSessions(*store, next, 64, sessions);
  std::vector<std::atomic<uint64_t>> generations(static_cast<size_t>(sessions));
  for (auto& generation : generations) generation = 1;
  std::atomic<int64_t> turn = 0;
  bench::LoopResult last;
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
  Report(state, last, state.iterations() * in_flight * kCallsPerSlot);
}
BENCHMARK(Rotations)
    ->ArgNames({"sessions", "in_flight"})
    ->Args({10000, 1})
    ->Args({10000, 64})
    ->Args({100000, 64})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void Creations(benchmark::State& state) {
  const auto in_flight = static_cast<int>(state.range(0));
  const TempFolder temp;
  const std::unique_ptr<SessionStore> store = Open(temp / "data");
  std::atomic<int> next = 0;
  bench::LoopResult last;
  for (auto _ : state) last = CreateSessions(*store, next, in_flight, in_flight * kCallsPerSlot);
  Report(state, last, state.iterations() * in_flight * kCallsPerSlot);
}
BENCHMARK(Creations)->ArgName("in_flight")->Arg(1)->Arg(64)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace paseto::service

BENCHMARK_MAIN();
