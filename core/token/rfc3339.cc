#include "grpc_paseto/core/token/rfc3339.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"

namespace paseto {
namespace {

constexpr absl::string_view kShape = "0000-00-00T00:00:00";  // 0 stands for a digit
constexpr absl::string_view kOffsetShape = "+00:00";
// Civil seconds count in UTC and know no leap seconds, as Unix seconds do.
constexpr absl::CivilSecond kEpoch(1970, 1, 1);
constexpr absl::Time kFirst = absl::FromUnixSeconds(absl::CivilSecond(1, 1, 1) - kEpoch);
constexpr absl::Time kEnd = absl::FromUnixSeconds(absl::CivilSecond(10000, 1, 1) - kEpoch);

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

void PutNumber(int value, char* to, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
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
  return absl::FromUnixSeconds(civil - kEpoch) + *fraction - *offset;
}

absl::optional<std::string> FormatRfc3339(absl::Time time) {
  if (time < kFirst || time >= kEnd) return absl::nullopt;
  const absl::CivilSecond civil = kEpoch + absl::ToUnixSeconds(time);
  std::string text = "0000-00-00T00:00:00Z";
  PutNumber(static_cast<int>(civil.year()), &text[0], 4);
  PutNumber(civil.month(), &text[5], 2);
  PutNumber(civil.day(), &text[8], 2);
  PutNumber(civil.hour(), &text[11], 2);
  PutNumber(civil.minute(), &text[14], 2);
  PutNumber(civil.second(), &text[17], 2);
  return text;
}

}  // namespace paseto
