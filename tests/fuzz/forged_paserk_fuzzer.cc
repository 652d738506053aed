// Random text never unwraps, unseals, or opens with a password. A password's cost is bounded before anything runs.
#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/core/paseto/paserk_seal.h"
#include "grpc_paseto/core/paseto/paserk_wrap.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"
#include "grpc_paseto/tests/fuzz/fuzz_keys.h"

namespace paseto {
namespace {

void CheckRefused(const absl::Status& status) {
  PASETO_CHECK(status.code() == absl::StatusCode::kInvalidArgument ||
               status.code() == absl::StatusCode::kUnauthenticated);
}

uint64_t BigEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

// Whether a text within the bounds asks for more work than fuzzing has time for.
bool IsAllowedButSlow(absl::string_view text, absl::string_view header, bool is_argon2) {
  const absl::StatusOr<std::string> data = Base64UrlDecode(text.substr(header.size()));
  if (!data.ok() || data->size() < 40) return false;
  const absl::string_view bytes = *data;
  if (!is_argon2) {
    const uint64_t iterations = BigEndian(bytes.substr(32, 4));
    return iterations > 8 && iterations <= kMaxPbkdf2Cost.iterations;
  }
  const uint64_t memory = BigEndian(bytes.substr(16, 8)), time = BigEndian(bytes.substr(24, 4));
  const bool is_allowed = memory <= kMaxArgon2Cost.memory_bytes && time <= kMaxArgon2Cost.time;
  return is_allowed && (memory > 16 * 1024 || time > 1);
}

template <typename Key>
void CheckKind(absl::string_view text, const typename PaserkKind<Key>::WrappingKey& wrapping_key) {
  CheckRefused(PaserkUnwrap<Key>(wrapping_key, text).status());
  constexpr absl::string_view kHeader = PaserkKind<Key>::kPasswordHeader;
  constexpr bool kIsArgon2 = std::is_same_v<PaserkPasswordCost<Key>, Argon2Cost>;
  if (absl::StartsWith(text, kHeader) && IsAllowedButSlow(text, kHeader, kIsArgon2)) return;
  CheckRefused(PaserkPasswordUnwrap<Key>(text, "password").status());
}

void CheckForged(absl::string_view text) {
  CheckKind<V4LocalKey>(text, Keys().v4_local);
  CheckKind<V4SecretKey>(text, Keys().v4_local);
  CheckKind<V3LocalKey>(text, Keys().v3_local);
  CheckKind<V3SecretKey>(text, Keys().v3_local);
  CheckRefused(PaserkUnseal(Keys().v4_secret, text).status());
  CheckRefused(PaserkUnseal(Keys().v3_secret, text).status());
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::CheckForged(paseto::FuzzText(data, size));
  return 0;
}
