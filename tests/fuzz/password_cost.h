// Keeps passwords cheap while fuzzing.
#ifndef GRPC_PASETO_TESTS_FUZZ_PASSWORD_COST_H_
#define GRPC_PASETO_TESTS_FUZZ_PASSWORD_COST_H_

#include <cstdint>
#include <string>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/paseto/paserk_pbkw.h"

namespace paseto {

inline uint64_t BigEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

// Whether `text`, of the type that `header` names, is within the bounds and asks for more work than fuzzing has time
// for. Cost is Argon2Cost or Pbkdf2Cost.
template <typename Cost>
bool IsAllowedButSlow(absl::string_view text, absl::string_view header) {
  if (!absl::StartsWith(text, header)) return false;
  const absl::StatusOr<std::string> data = Base64UrlDecode(text.substr(header.size()));
  if (!data.ok() || data->size() < 40) return false;
  const absl::string_view bytes = *data;
  if constexpr (std::is_same_v<Cost, Pbkdf2Cost>) {
    const uint64_t iterations = BigEndian(bytes.substr(32, 4));
    return iterations > 8 && iterations <= kMaxPbkdf2Cost.iterations;
  } else {
    const uint64_t memory = BigEndian(bytes.substr(16, 8)), time = BigEndian(bytes.substr(24, 4));
    const bool is_allowed = memory <= kMaxArgon2Cost.memory_bytes && time <= kMaxArgon2Cost.time;
    return is_allowed && (memory > 16 * 1024 || time > 1);
  }
}

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_FUZZ_PASSWORD_COST_H_
