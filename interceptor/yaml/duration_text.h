// Durations as people write them: 90s, 10m, 1h30m, 7d, 250ms.
#ifndef GRPC_PASETO_INTERCEPTOR_YAML_DURATION_TEXT_H_
#define GRPC_PASETO_INTERCEPTOR_YAML_DURATION_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace paseto::interceptor {

// Whole numbers with the units d, h, m, s, ms, each at most once and from large to small; no sign, no spaces, up to
// 10,000 years (the range of google.protobuf.Duration). nullopt for anything else, a number without a unit included.
absl::optional<absl::Duration> ParseDurationText(absl::string_view text);

// The text of a duration that is not negative, in the same form, rounded down to milliseconds: "1h30m", "0s".
std::string FormatDurationText(absl::Duration duration);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_YAML_DURATION_TEXT_H_
