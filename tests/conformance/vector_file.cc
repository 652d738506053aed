#include "grpc_paseto/tests/conformance/vector_file.h"

#include <simdjson.h>

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace paseto {
namespace {

constexpr char kFolder[] = GRPC_PASETO_VECTORS_DIR;

absl::StatusOr<VectorCase> ReadCase(simdjson::dom::element element) {
  VectorCase vector;
  simdjson::dom::object object;
  std::string_view name;
  if (element.get(object) || object["name"].get(name) || object["expect-fail"].get(vector.expect_fail)) {
    return absl::InvalidArgumentError("a case without a name or without expect-fail");
  }
  vector.name = std::string(name);
  for (const auto& field : object) {
    std::string_view text;
    if (!field.value.get(text)) vector.fields.emplace(std::string(field.key), std::string(text));
  }
  return vector;
}

absl::StatusOr<std::vector<VectorCase>> ReadCases(const std::string& path) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (auto error = parser.load(path).get(document)) return absl::NotFoundError(simdjson::error_message(error));
  simdjson::dom::array tests;
  if (document["tests"].get(tests)) return absl::InvalidArgumentError("no array \"tests\"");
  std::vector<VectorCase> cases;
  for (simdjson::dom::element test : tests) {
    absl::StatusOr<VectorCase> vector = ReadCase(test);
    if (!vector.ok()) return vector.status();
    cases.push_back(*std::move(vector));
  }
  if (cases.empty()) return absl::InvalidArgumentError("no case in it");
  return cases;
}

VectorCase NoCase(absl::string_view name, absl::Status status) {
  VectorCase vector;
  vector.name = std::string(name);
  vector.status = std::move(status);
  return vector;
}

}  // namespace

absl::StatusOr<std::string> VectorCase::Text(const std::string& field) const {
  const auto found = fields.find(field);
  if (found == fields.end()) return absl::NotFoundError(absl::StrCat("no field ", field));
  return found->second;
}

absl::StatusOr<std::string> VectorCase::Bytes(const std::string& field) const {
  absl::StatusOr<std::string> hex = Text(field);
  if (!hex.ok()) return hex;
  if (hex->size() % 2 != 0 || !std::all_of(hex->begin(), hex->end(), absl::ascii_isxdigit)) {
    return absl::InvalidArgumentError(absl::StrCat("field ", field, " is not hex"));
  }
  return absl::HexStringToBytes(*hex);
}

absl::StatusOr<std::string> VectorCase::KeyBytes(const std::string& field) const {
  absl::StatusOr<std::string> bytes = Bytes(field);
  return bytes.ok() ? bytes : Text(field);
}

std::vector<VectorCase> LoadVectors(absl::string_view file) {
  if (kFolder[0] == '\0') {
    return {
        NoCase(file, absl::UnavailableError("clone the public repository paseto-standard/test-vectors and configure "
                                            "with -DGRPC_PASETO_VECTORS_DIR=<that folder> to run the official "
                                            "test vectors"))};
  }
  const std::string path = absl::StrCat(kFolder, "/", file);
  absl::StatusOr<std::vector<VectorCase>> cases = ReadCases(path);
  if (!cases.ok()) {
    return {NoCase(file, absl::Status(cases.status().code(), absl::StrCat(path, ": ", cases.status().message())))};
  }
  return *std::move(cases);
}

std::string VectorTestName(const ::testing::TestParamInfo<VectorCase>& info) {
  return absl::StrReplaceAll(info.param.name, {{"-", "_"}, {".", "_"}, {"/", "_"}});
}

void VectorTest::SetUp() {
  const absl::Status& status = GetParam().status;
  if (absl::IsUnavailable(status)) GTEST_SKIP() << status.message();
  ASSERT_TRUE(status.ok()) << status;
}

}  // namespace paseto
