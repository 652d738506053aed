// tokend's configuration file: a text is refused with the lines of its faults, or gives a configuration that is
// complete and keeps every rule.
#include <google/protobuf/util/message_differencer.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/service/config/fill_defaults.h"
#include "grpc_paseto/service/config/load_config.h"
#include "grpc_paseto/service/config/validate_config.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"

namespace paseto::service {
namespace {

constexpr char kName[] = "tokend.yaml";

void CheckConfig(absl::string_view text) {
  const absl::StatusOr<config::TokendConfig> config = ParseConfig(text, kName, {});
  if (!config.ok()) {
    PASETO_CHECK(config.status().code() == absl::StatusCode::kInvalidArgument);
    for (const absl::string_view line : absl::StrSplit(config.status().message(), '\n')) {
      PASETO_CHECK(absl::StartsWith(line, kName));
    }
    return;
  }
  PASETO_CHECK(ValidateConfig(*config).empty());
  config::TokendConfig again = *config;
  FillDefaults(again);
  PASETO_CHECK(google::protobuf::util::MessageDifferencer::Equals(again, *config));
}

}  // namespace
}  // namespace paseto::service

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::service::CheckConfig(paseto::FuzzText(data, size));
  return 0;
}
