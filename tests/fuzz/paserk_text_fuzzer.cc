// PASERK texts that hold a key or an id in clear. Each key has one text: what is accepted is what the encoder gives.
#include <string>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"

namespace paseto {
namespace {

template <typename Key>
void CheckSecretText(const absl::StatusOr<Key>& key, absl::string_view text) {
  if (!key.ok()) {
    PASETO_CHECK(key.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  const SecretBytes again = PaserkEncode(*key, InsecureSecretAccess::Get());
  PASETO_CHECK(again.ReadText(InsecureSecretAccess::Get()) == text);
}

template <typename Key>
void CheckPublicText(const absl::StatusOr<Key>& key, absl::string_view text) {
  if (!key.ok()) {
    PASETO_CHECK(key.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  PASETO_CHECK(PaserkEncode(*key) == text);
  const KeyId id = PaserkId(*key);
  PASETO_CHECK(KeyId::Parse(id.text()).value() == id);
}

void CheckText(absl::string_view text) {
  CheckSecretText(ParsePaserkV4Local(text), text);
  CheckSecretText(ParsePaserkV4Secret(text), text);
  CheckSecretText(ParsePaserkV3Local(text), text);
  CheckSecretText(ParsePaserkV3Secret(text), text);
  CheckPublicText(ParsePaserkV4Public(text), text);
  CheckPublicText(ParsePaserkV3Public(text), text);
  if (const absl::StatusOr<KeyId> id = KeyId::Parse(text); id.ok()) PASETO_CHECK(id->text() == text);
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::CheckText(paseto::FuzzText(data, size));
  return 0;
}
