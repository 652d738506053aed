// JSON. What is accepted stays accepted when it is put together again from its raw members, with the same meaning; and
// the outline never disagrees with the parser about what it is.
#include <string>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/token/strict_json.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"

namespace paseto {
namespace {

constexpr JsonLimits kLimits{4096, 8, 64};

std::string PutTogether(const StrictJson& json) {
  std::string text = "{";
  for (const JsonMember& member : json.members()) {
    absl::StrAppend(&text, text.size() > 1 ? "," : "", member.raw_name, ":", member.raw_value);
  }
  return absl::StrCat(text, "}");
}

void CheckJson(absl::string_view text, JsonContent content) {
  const absl::StatusOr<StrictJson> json = StrictJson::Parse(text, kLimits, content);
  if (!json.ok()) {
    PASETO_CHECK(json.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  PASETO_CHECK(text.size() <= kLimits.max_bytes && json->members().size() <= kLimits.max_keys);

  const std::string again = PutTogether(*json);
  const absl::StatusOr<StrictJson> json2 = StrictJson::Parse(again, kLimits);
  PASETO_CHECK(json2.ok() && json2->members().size() == json->members().size());
  for (size_t i = 0; i < json->members().size(); ++i) {
    const JsonMember &a = json->members()[i], &b = json2->members()[i];
    PASETO_CHECK(a.name == b.name && a.raw_name == b.raw_name && a.raw_value == b.raw_value);
    PASETO_CHECK(json->Find(a.name) == &a);  // names are unique
    PASETO_CHECK(AsString(a.value) == AsString(b.value) && AsBool(a.value) == AsBool(b.value));
  }
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::CheckJson(paseto::FuzzText(data, size), paseto::JsonContent::kPlain);
  paseto::CheckJson(paseto::FuzzText(data, size), paseto::JsonContent::kSecret);
  return 0;
}
