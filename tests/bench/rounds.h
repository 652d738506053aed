// Rounds of a comparison: each side is measured once in each.
#ifndef GRPC_PASETO_TESTS_BENCH_ROUNDS_H_
#define GRPC_PASETO_TESTS_BENCH_ROUNDS_H_

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace paseto::bench {

inline double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// What `measure` gives for each side, by round. A round of which nothing is kept warms up. Each side comes first
// equally often where `rounds` is a multiple of `sides`.
inline std::vector<std::vector<double>> InterleavedRounds(size_t sides, size_t rounds,
                                                          const std::function<double(size_t side)>& measure) {
  std::vector<std::vector<double>> kept;
  for (size_t round = 0; round <= rounds; ++round) {
    std::vector<double> results(sides);
    for (size_t turn = 0; turn < sides; ++turn) {
      const size_t side = (turn + round) % sides;
      results[side] = measure(side);
    }
    if (round > 0) kept.push_back(std::move(results));
  }
  return kept;
}

}  // namespace paseto::bench

#endif  // GRPC_PASETO_TESTS_BENCH_ROUNDS_H_
