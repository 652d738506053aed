// Footers, as they come with a token and as a caller gives them. What a caller may give, a reader accepts, with the key
// id that was put in and no other.
#include <string>
#include <utility>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/token/footer.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"
#include "grpc_paseto/tests/fuzz/fuzz_keys.h"

namespace paseto {
namespace {

const KeyId& Kid() {
  static const KeyId& kid = *new KeyId(PaserkId(Keys().v4_public));
  return kid;
}

void CheckReceived(absl::string_view text) {
  const absl::StatusOr<absl::optional<KeyId>> id = ReadFooterKeyId(text);
  const absl::StatusOr<absl::optional<std::string>> kid = ReadFooterKid(text);
  if (!kid.ok()) PASETO_CHECK(GetTokenError(kid.status()) == TokenError::kMalformed);
  if (!id.ok()) {
    PASETO_CHECK(GetTokenError(id.status()) == TokenError::kMalformed);
  } else if (id->has_value()) {
    PASETO_CHECK(text.size() <= kMaxFooterBytes && KeyId::Parse((*id)->text()).value() == **id);
    PASETO_CHECK(kid.ok() && **kid == (*id)->text());
  }
}

void CheckGiven(absl::string_view text) {
  const absl::StatusOr<Footer> json = Footer::Json(std::string(text));
  const absl::StatusOr<Footer> verbatim = Footer::Verbatim(std::string(text));
  PASETO_CHECK(!(json.ok() && verbatim.ok()));  // one text has one meaning
  if (json.ok()) {
    const std::string footer = json->Render(Kid());
    const absl::StatusOr<absl::optional<KeyId>> id = ReadFooterKeyId(footer);
    PASETO_CHECK(id.ok() && **id == Kid());
  }
  if (verbatim.ok()) {
    PASETO_CHECK(verbatim->Render(Kid()) == text);
    const absl::StatusOr<absl::optional<KeyId>> id = ReadFooterKeyId(text);
    PASETO_CHECK(id.ok() && !id->has_value());
  }
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::CheckReceived(paseto::FuzzText(data, size));
  paseto::CheckGiven(paseto::FuzzText(data, size));
  return 0;
}
