// Dates. What we accept, Abseil's far laxer parser reads as the same instant, and it survives being written.
#include "absl/time/time.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/token/rfc3339.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"

namespace paseto {
namespace {

void CheckDate(absl::string_view text) {
  const absl::optional<absl::Time> time = ParseRfc3339(text);
  if (!time.has_value()) return;

  absl::Time reference;
  std::string why;
  PASETO_CHECK(absl::ParseTime(absl::RFC3339_full, text, &reference, &why));
  // Abseil keeps quarters of a nanosecond.
  PASETO_CHECK(reference - *time >= absl::ZeroDuration() && reference - *time < absl::Nanoseconds(1));

  const absl::optional<std::string> written = FormatRfc3339(*time);
  if (!written.has_value()) return;  // an offset may lead out of the years 1 to 9999
  PASETO_CHECK(ParseRfc3339(*written) == absl::FromUnixSeconds(absl::ToUnixSeconds(*time)));
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::CheckDate(paseto::FuzzText(data, size));
  return 0;
}
