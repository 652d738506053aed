#include "grpc_paseto/interceptor/stream/deadline_heap.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace paseto::interceptor {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::unique_ptr<WatchedStream> StreamAt(absl::Duration deadline) {
  auto stream = std::make_unique<WatchedStream>();
  stream->deadline = deadline;
  return stream;
}

TEST(DeadlineHeapTest, SoonestComesFirstAndNoDeadlineLast) {
  DeadlineHeap heap;
  const auto never = StreamAt(absl::InfiniteDuration()), late = StreamAt(absl::Seconds(9)),
             soon = StreamAt(absl::Seconds(1));
  for (const auto* stream : {&never, &late, &soon}) heap.Add(stream->get());
  EXPECT_THAT(heap.streams(), UnorderedElementsAre(never.get(), late.get(), soon.get()));
  std::vector<WatchedStream*> order;
  while (!heap.empty()) {
    order.push_back(heap.soonest());
    heap.Remove(heap.soonest());
  }
  EXPECT_THAT(order, ElementsAre(soon.get(), late.get(), never.get()));
}

TEST(DeadlineHeapTest, MovedStreamTakesItsNewPlace) {
  DeadlineHeap heap;
  const auto a = StreamAt(absl::Seconds(1)), b = StreamAt(absl::Seconds(2)), c = StreamAt(absl::Seconds(3));
  for (const auto* stream : {&a, &b, &c}) heap.Add(stream->get());
  a->deadline = absl::Seconds(4);
  heap.Moved(a.get());
  EXPECT_EQ(heap.soonest(), b.get());
  c->deadline = absl::ZeroDuration();
  heap.Moved(c.get());
  EXPECT_EQ(heap.soonest(), c.get());
}

TEST(DeadlineHeapTest, AgreesWithSortingWhateverHappens) {
  std::mt19937 random(7);
  DeadlineHeap heap;
  std::vector<std::unique_ptr<WatchedStream>> streams;
  for (int step = 0; step < 20'000; ++step) {
    const auto deadline = absl::Seconds(static_cast<int>(random() % 100));
    const size_t chosen = streams.empty() ? 0 : random() % streams.size();
    const unsigned action = random() % 5;
    if (action < 2 || streams.empty()) {
      streams.push_back(StreamAt(deadline));
      heap.Add(streams.back().get());
    } else if (action < 4 || streams.size() < 50) {
      streams[chosen]->deadline = deadline;
      heap.Moved(streams[chosen].get());
    } else {
      heap.Remove(streams[chosen].get());
      streams.erase(streams.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
    if (streams.empty()) continue;
    const auto soonest = std::min_element(streams.begin(), streams.end(),
                                          [](const auto& a, const auto& b) { return a->deadline < b->deadline; });
    ASSERT_EQ(heap.soonest()->deadline, (*soonest)->deadline) << "step " << step;
    ASSERT_EQ(heap.streams().size(), streams.size());
  }
}

}  // namespace
}  // namespace paseto::interceptor
