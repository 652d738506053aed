// Dates of claims (PASETO "Claims"; RFC 3339 section 5.6), in the one strict form that tokens use.
#ifndef GRPC_PASETO_CORE_TOKEN_RFC3339_H_
#define GRPC_PASETO_CORE_TOKEN_RFC3339_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace paseto {

// The instant that `text` names: upper-case T; Z or a numeric offset of less than a day; years 1 to 9999; any number of
// fraction digits, of which those beyond the resolution of absl::Time are cut off.
// nullopt for everything else, a leap second and a day that its month does not have included.
absl::optional<absl::Time> ParseRfc3339(absl::string_view text);

// "2022-01-01T00:00:00Z": whole seconds, rounded down. nullopt outside the years 1 to 9999.
absl::optional<std::string> FormatRfc3339(absl::Time time);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_RFC3339_H_
