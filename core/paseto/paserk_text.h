// The frame of a PASERK text: a prefix such as "k4.local." and base64url of the data. What the data are is the concern
// of the files that use this one.
#ifndef GRPC_PASETO_CORE_PASETO_PASERK_TEXT_H_
#define GRPC_PASETO_CORE_PASETO_PASERK_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/secret_bytes.h"

namespace paseto {

// The characters of base64url for `size` bytes, without padding.
constexpr size_t PaserkEncodedSize(size_t size) { return (size * 4 + 2) / 3; }

// How many bytes a text may hold: exactly so many, or, where the form of a key has no fixed size, a range.
struct PaserkSize {
  constexpr PaserkSize(size_t exact) : min_bytes(exact), max_bytes(exact) {}  // NOLINT: a number is a size
  constexpr PaserkSize(size_t min, size_t max) : min_bytes(min), max_bytes(max) {}
  constexpr bool Allows(size_t bytes) const { return min_bytes <= bytes && bytes <= max_bytes; }
  // The same with `bytes` of something else beside it.
  constexpr PaserkSize Plus(size_t bytes) const { return {min_bytes + bytes, max_bytes + bytes}; }
  size_t min_bytes, max_bytes;
};

absl::Status WrongPaserkPrefixError(absl::string_view expected);
absl::Status WrongPaserkDataError(absl::string_view prefix, PaserkSize size);

// prefix || base64url(key), by libsodium's constant-time codec and without a copy outside of guarded memory.
// REQUIRES: `key` is not empty.
SecretBytes EncodeSecretPaserk(absl::string_view prefix, const SecretBytes& key);
// The bytes, of that size, that `text` encodes after `prefix`, likewise.
// Errors: INVALID_ARGUMENT, never with text in it.
absl::StatusOr<SecretBytes> DecodeSecretPaserk(absl::string_view prefix, PaserkSize size, absl::string_view text);

// prefix || base64url(data), for data that are not secret.
std::string EncodePaserk(absl::string_view prefix, absl::string_view data);
absl::StatusOr<std::string> DecodePaserk(absl::string_view prefix, PaserkSize size, absl::string_view text);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PASERK_TEXT_H_
