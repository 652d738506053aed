#include "grpc_paseto/core/token/rfc3339.h"

#include <array>
#include <cstdint>
#include <cstdio>

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"

namespace paseto {
namespace {

constexpr absl::string_view kShape = "0000-00-00T00:00:00";  // 0 stands for a digit
constexpr absl::string_view kOffsetShape = "+00:00";

bool HasShape(absl::string_view text, absl::string_view shape) {
  if (text.size() != shape.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool matches =
        shape[i] == '0' ? absl::ascii_isdigit(static_cast<unsigned char>(text[i])) : text[i] == shape[i];
    if (!matches) return false;
  }
  return true;
}

// REQUIRES: only digits.
int Number(absl::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

// Consumes ".ddd" from the front of `text` when it starts with a period; nullopt when no digit follows.
absl::optional<absl::Duration> ConsumeFraction(absl::string_view* text) {
  if (text->empty() || text->front() != '.') return absl::ZeroDuration();
  size_t end = 1;
  int64_t nanoseconds = 0;
  for (int64_t unit = 100'000'000; end < text->size() && absl::ascii_isdigit((*text)[end]); ++end, unit /= 10) {
    nanoseconds += ((*text)[end] - '0') * unit;
  }
  if (end == 1) return absl::nullopt;
  text->remove_prefix(end);
  return absl::Nanoseconds(nanoseconds);
}

absl::optional<absl::Duration> ParseOffset(absl::string_view text) {
  if (text == "Z") return absl::ZeroDuration();
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return absl::nullopt;
  const bool east = text[0] == '+';
  if (!HasShape(text.substr(1), kOffsetShape.substr(1))) return absl::nullopt;
  const int hours = Number(text.substr(1, 2));
  const int minutes = Number(text.substr(4, 2));
  if (hours > 23 || minutes > 59) return absl::nullopt;
  const absl::Duration offset = absl::Hours(hours) + absl::Minutes(minutes);
  return east ? offset : -offset;
}

}  // namespace

absl::optional<absl::Time> ParseRfc3339(absl::string_view text) {
  if (text.size() <= kShape.size() || !HasShape(text.substr(0, kShape.size()), kShape)) return absl::nullopt;
  const int year = Number(text.substr(0, 4));
  const int month = Number(text.substr(5, 2));
  const int day = Number(text.substr(8, 2));
  const int hour = Number(text.substr(11, 2));
  const int minute = Number(text.substr(14, 2));
  const int second = Number(text.substr(17, 2));
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  // CivilSecond carries what is out of range into the next field, so any difference is a date that does not exist.
  if (year == 0 || civil.year() != year || civil.month() != month || civil.day() != day || civil.hour() != hour ||
      civil.minute() != minute || civil.second() != second) {
    return absl::nullopt;
  }
  text.remove_prefix(kShape.size());
  const absl::optional<absl::Duration> fraction = ConsumeFraction(&text);
  if (!fraction.has_value()) return absl::nullopt;
  const absl::optional<absl::Duration> offset = ParseOffset(text);
  if (!offset.has_value()) return absl::nullopt;
  return absl::FromCivil(civil, absl::UTCTimeZone()) + *fraction - *offset;
}

absl::optional<std::string> FormatRfc3339(absl::Time time) {
  const absl::CivilSecond civil = absl::ToCivilSecond(time, absl::UTCTimeZone());
  if (civil.year() < 1 || civil.year() > 9999) return absl::nullopt;
  std::array<char, 32> text;
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02dZ", static_cast<int>(civil.year()),
                    civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second());
  return std::string(text.data(), length);
}

}  // namespace paseto
