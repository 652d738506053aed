// PEM. A key that is read can be written, and what was written is the same key again.
#include <string>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/pem.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"

namespace paseto {
namespace {

const InsecureSecretAccess kAccess = InsecureSecretAccess::Get();

void CheckRefused(const absl::Status& status) { PASETO_CHECK(status.code() == absl::StatusCode::kInvalidArgument); }

void CheckV4(absl::string_view pem) {
  if (const absl::StatusOr<V4SecretKey> key = ParsePemV4Secret(pem); key.ok()) {
    const SecretBytes again = PemEncode(*key, kAccess);
    PASETO_CHECK(ParsePemV4Secret(again.ReadText(kAccess)).value().secret().Equals(key->secret()));
  } else {
    CheckRefused(key.status());
  }
  if (const absl::StatusOr<V4PublicKey> key = ParsePemV4Public(pem); key.ok()) {
    PASETO_CHECK(key->is_valid_point() && ParsePemV4Public(PemEncode(*key)).value() == *key);
  } else {
    CheckRefused(key.status());
  }
}

void CheckV3(absl::string_view pem) {
  if (const absl::StatusOr<V3SecretKey> key = ParsePemV3Secret(pem); key.ok()) {
    const SecretBytes again = PemEncode(*key, kAccess).value();
    PASETO_CHECK(ParsePemV3Secret(again.ReadText(kAccess)).value().secret().Equals(key->secret()));
  } else {
    CheckRefused(key.status());
  }
  if (const absl::StatusOr<V3PublicKey> key = ParsePemV3Public(pem); key.ok()) {
    PASETO_CHECK(key->is_valid_point() && ParsePemV3Public(PemEncode(*key).value()).value() == *key);
  } else {
    CheckRefused(key.status());
  }
}

}  // namespace
}  // namespace paseto

// OpenSSL's decoder is what costs here, so a text is read as the version that its size fits, and one size in eight as
// both.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLongerThanV4 = 160;
  if (size < kLongerThanV4 || size % 8 == 0) paseto::CheckV4(paseto::FuzzText(data, size));
  if (size >= kLongerThanV4 || size % 8 == 0) paseto::CheckV3(paseto::FuzzText(data, size));
  return 0;
}
