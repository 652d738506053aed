// Key files. What is read can be written, and read again as the same keys with the same use and state.
#include <vector>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"

namespace paseto {
namespace {

void CheckKeyFile(absl::string_view text) {
  const absl::StatusOr<std::vector<Key>> keys = ParseKeyFile(text);
  if (!keys.ok()) {
    PASETO_CHECK(keys.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const SecretBytes written = EncodeKeyFile(*keys, access);
  const absl::StatusOr<std::vector<Key>> again = ParseKeyFile(written.ReadText(access));
  PASETO_CHECK(again.ok() && again->size() == keys->size());
  for (size_t i = 0; i < keys->size(); ++i) {
    const Key &a = (*keys)[i], &b = (*again)[i];
    PASETO_CHECK(a.kind() == b.kind() && a.id() == b.id() && a.attributes().use == b.attributes().use &&
                 a.attributes().state == b.attributes().state &&
                 a.attributes().foreign_claims == b.attributes().foreign_claims &&
                 a.attributes().integer_subject == b.attributes().integer_subject &&
                 a.attributes().aliases == b.attributes().aliases && a.Paserk(access).Equals(b.Paserk(access)));
  }
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::CheckKeyFile(paseto::FuzzText(data, size));
  return 0;
}
