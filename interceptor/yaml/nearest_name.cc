#include "grpc_paseto/interceptor/yaml/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace paseto::interceptor {
namespace {

// Levenshtein's distance, one row at a time.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string NearestName(absl::string_view name, const std::vector<std::string>& known) {
  constexpr size_t kLongestName = 64;  // longer ones are not worth the quadratic cost
  if (name.size() > kLongestName) return "";
  std::string nearest;
  size_t best = (name.size() + 2) / 3 + 1;
  for (const std::string& candidate : known) {
    if (const size_t distance = EditDistance(name, candidate); distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace paseto::interceptor
