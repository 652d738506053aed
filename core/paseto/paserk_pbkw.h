// PBKW, PASERK's keys under passwords (PASERK "PBKW"), on bytes: for the files that know a version's key types.
//
// Cost is Argon2Cost (versions 2 and 4) or Pbkdf2Cost (versions 1 and 3); `h` is the header of the text. A text says
// what its key derivation costs, and the derivation has to run before the tag can be compared: so bounds on the cost
// are checked before it.
#ifndef GRPC_PASETO_CORE_PASETO_PASERK_PBKW_H_
#define GRPC_PASETO_CORE_PASETO_PASERK_PBKW_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/paserk_text.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"

namespace paseto {

// Parallelism is 1: libsodium knows no other.
struct Argon2Cost {
  uint64_t memory_bytes = uint64_t{256} * 1024 * 1024;
  uint32_t time = 3;  // passes over the memory
};
inline constexpr Argon2Cost kMaxArgon2Cost{uint64_t{512} * 1024 * 1024, 8};

struct Pbkdf2Cost {
  uint32_t iterations = 210'000;
};
inline constexpr Pbkdf2Cost kMaxPbkdf2Cost{1'000'000};

// The text of `ptk` under `password`. REQUIRES: `ptk` was not moved from.
// Errors: INVALID_ARGUMENT when the password is empty, or `cost` is zero somewhere (8 KiB of memory at least) or over
// its maximum; RESOURCE_EXHAUSTED when there is no memory.
template <typename Cost>
absl::StatusOr<std::string> PbkwWrap(absl::string_view h, const SecretBytes& ptk, absl::string_view password,
                                     const Cost& cost);

// The bytes under `password` in `text`.
// Errors: INVALID_ARGUMENT when `text` is of another header or size, or wants a cost over the maximum; UNAUTHENTICATED
// when the tag differs; RESOURCE_EXHAUSTED when there is no memory.
template <typename Cost>
absl::StatusOr<SecretBytes> PbkwUnwrap(absl::string_view h, PaserkSize ptk, absl::string_view text,
                                       absl::string_view password);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PASERK_PBKW_H_
