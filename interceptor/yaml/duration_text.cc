#include "grpc_paseto/interceptor/yaml/duration_text.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace paseto::interceptor {
namespace {

struct Unit {
  absl::string_view name;
  int64_t milliseconds;
};

constexpr Unit kUnits[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr int64_t kMaxMilliseconds = 315'576'000'000'000;  // google.protobuf.Duration: 10,000 years

// Takes the run of characters at the front of `text` for which `belongs` holds.
absl::string_view TakeWhile(absl::string_view& text, bool (*belongs)(unsigned char)) {
  size_t size = 0;
  while (size < text.size() && belongs(text[size])) ++size;
  const absl::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

}  // namespace

absl::optional<absl::Duration> ParseDurationText(absl::string_view text) {
  if (text.empty()) return absl::nullopt;
  int64_t total = 0;
  const Unit* next = std::begin(kUnits);
  while (!text.empty()) {
    const absl::string_view digits = TakeWhile(text, absl::ascii_isdigit);
    const absl::string_view name = TakeWhile(text, absl::ascii_isalpha);
    int64_t count = 0;
    if (digits.empty() || !absl::SimpleAtoi(digits, &count)) return absl::nullopt;
    while (next != std::end(kUnits) && next->name != name) ++next;
    if (next == std::end(kUnits)) return absl::nullopt;
    if (count > (kMaxMilliseconds - total) / next->milliseconds) return absl::nullopt;
    total += count * next->milliseconds;
    ++next;
  }
  return absl::Milliseconds(total);
}

std::string FormatDurationText(absl::Duration duration) {
  int64_t rest = absl::ToInt64Milliseconds(duration);
  if (rest <= 0) return "0s";
  std::string text;
  for (const Unit& unit : kUnits) {
    if (const int64_t count = rest / unit.milliseconds; count > 0) absl::StrAppend(&text, count, unit.name);
    rest %= unit.milliseconds;
  }
  return text;
}

}  // namespace paseto::interceptor
