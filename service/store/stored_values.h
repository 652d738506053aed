// How ids and instants look inside a database. Both directions are exact: what comes back is what was given, instants
// at whole microseconds.
#ifndef GRPC_PASETO_SERVICE_STORE_STORED_VALUES_H_
#define GRPC_PASETO_SERVICE_STORE_STORED_VALUES_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace paseto::service {

using UuidBytes = std::array<char, 16>;

// The bytes of a UUID in the spelling of RFC 9562 section 4 with lower-case digits; nullopt for every other text, so
// that no two texts have the same bytes.
absl::optional<UuidBytes> ParseUuid(absl::string_view text);
std::string FormatUuid(const UuidBytes& bytes);

// Microseconds since 1970, rounded down; the two infinite instants are the extremes.
int64_t ToStoredTime(absl::Time time);
absl::Time FromStoredTime(int64_t stored);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_STORED_VALUES_H_
