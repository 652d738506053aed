// Random text never unwraps, unseals, or opens with a password. A password's cost is bounded before anything runs.
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/core/paseto/paserk_seal.h"
#include "grpc_paseto/core/paseto/paserk_wrap.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"
#include "grpc_paseto/tests/fuzz/fuzz_keys.h"
#include "grpc_paseto/tests/fuzz/password_cost.h"

namespace paseto {
namespace {

void CheckRefused(const absl::Status& status) {
  PASETO_CHECK(status.code() == absl::StatusCode::kInvalidArgument ||
               status.code() == absl::StatusCode::kUnauthenticated);
}

template <typename Key>
void CheckKind(absl::string_view text, const typename PaserkKind<Key>::WrappingKey& wrapping_key) {
  CheckRefused(PaserkUnwrap<Key>(wrapping_key, text).status());
  constexpr absl::string_view kHeader = PaserkKind<Key>::kPasswordHeader;
  if (IsAllowedButSlow<PaserkPasswordCost<Key>>(text, kHeader)) return;
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
