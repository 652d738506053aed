#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "grpc_paseto/tests/proto/contract_rules.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kContractFolder[] = GRPC_PASETO_PROTO_DIR;

// The project's .proto files and the packaged ones, plus one file of a test's own.
class Sources final : public google::protobuf::compiler::SourceTree {
 public:
  explicit Sources(std::string own = "") : own_(std::move(own)) {
    disk_.MapPath("", kContractFolder);
    disk_.MapPath("", GRPC_PASETO_PROTOBUF_INCLUDE_DIR);
  }
  google::protobuf::io::ZeroCopyInputStream* Open(const std::string& name) override {
    if (name != "own.proto") return disk_.Open(name);
    return new google::protobuf::io::ArrayInputStream(own_.data(), static_cast<int>(own_.size()));
  }

 private:
  std::string own_;
  google::protobuf::compiler::DiskSourceTree disk_;
};

class Errors final : public google::protobuf::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& name, int line, int, const std::string& message) override {
    ADD_FAILURE() << name << ":" << line + 1 << ": " << message;
  }
};

std::vector<std::string> ProblemsOf(Sources& sources, const std::string& name) {
  Errors errors;
  google::protobuf::compiler::Importer importer(&sources, &errors);
  const google::protobuf::FileDescriptor* file = importer.Import(name);
  if (file == nullptr) return {absl::StrCat(name, ": cannot be read")};
  return ContractProblems(*file);
}

std::vector<std::string> ContractFiles() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(kContractFolder) + "/paseto/v1")) {
    if (entry.path().extension() == ".proto") names.push_back("paseto/v1/" + entry.path().filename().string());
  }
  return names;
}

TEST(ContractTest, EveryFileKeepsToTheRules) {
  const std::vector<std::string> files = ContractFiles();
  EXPECT_THAT(files, Contains("paseto/v1/token_service.proto"));
  for (const std::string& name : files) {
    Sources sources;
    EXPECT_THAT(ProblemsOf(sources, name), IsEmpty()) << name;
  }
}

constexpr char kGood[] = R"(
syntax = "proto3";
package own;
import "paseto/v1/auth.proto";
// A service.
service Shop {
  // Gets. Who may call: anyone. Errors: none.
  rpc Get(GetRequest) returns (GetResponse) { option (paseto.v1.auth) = { mode: MODE_PUBLIC }; }
}
// Asks.
message GetRequest {
  // Required: which.
  string id = 1;
  // Optional: how.
  oneof how {
    // Fast.
    bool fast = 2;
  }
  // Optional: where.
  Place place = 3;
}
// Where.
message Place {
  // Optional: north.
  int32 north = 1;
}
// Answers.
message GetResponse {
  // What.
  Kind kind = 1;
}
// Kinds.
enum Kind {
  // Never sent.
  KIND_UNSPECIFIED = 0;
}
)";

// kGood with one thing changed.
std::vector<std::string> ProblemsAfter(const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(kGood, {{from, to}});
  EXPECT_NE(text, kGood) << from;
  Sources sources(text);
  return ProblemsOf(sources, "own.proto");
}

TEST(ContractRulesTest, AcceptWhatIsComplete) {
  Sources sources(kGood);
  EXPECT_THAT(ProblemsOf(sources, "own.proto"), IsEmpty());
}

TEST(ContractRulesTest, NeedACommentOnEverything) {
  EXPECT_THAT(ProblemsAfter("// A service.", ""), ElementsAre("own.Shop: has no comment"));
  EXPECT_THAT(ProblemsAfter("// Answers.", ""), ElementsAre("own.GetResponse: has no comment"));
  EXPECT_THAT(ProblemsAfter("// What.", ""), ElementsAre("own.GetResponse.kind: has no comment"));
  EXPECT_THAT(ProblemsAfter("// Fast.", ""), ElementsAre("own.GetRequest.fast: has no comment"));
  EXPECT_THAT(ProblemsAfter("// Kinds.", ""), ElementsAre("own.Kind: has no comment"));
  EXPECT_THAT(ProblemsAfter("// Never sent.", ""), ElementsAre("own.KIND_UNSPECIFIED: has no comment"));
  EXPECT_THAT(ProblemsAfter("// Gets. Who may call: anyone. Errors: none.", ""), SizeIs(3));
}

TEST(ContractRulesTest, NeedToKnowWhoMayCallAndWhatCanGoWrong) {
  EXPECT_THAT(ProblemsAfter("Who may call: anyone. ", ""), ElementsAre("own.Shop.Get: does not say 'Who may call:'"));
  EXPECT_THAT(ProblemsAfter(" Errors: none.", ""), ElementsAre("own.Shop.Get: does not say 'Errors:'"));
}

TEST(ContractRulesTest, NeedARuleForEveryMethodAtSomeLevel) {
  const std::string rule = "{ option (paseto.v1.auth) = { mode: MODE_PUBLIC }; }";
  EXPECT_THAT(ProblemsAfter(rule, ";"),
              ElementsAre("own.Shop.Get: has no AuthRule on itself, its service or its file"));
  EXPECT_THAT(ProblemsAfter(rule, "; option (paseto.v1.service_auth) = {};"), IsEmpty());
}

TEST(ContractRulesTest, NeedRequestFieldsToSayWhetherTheyAreNeeded) {
  EXPECT_THAT(ProblemsAfter("Required: which.", "Which."),
              ElementsAre("own.GetRequest.id: says neither Required nor Optional"));
  EXPECT_THAT(ProblemsAfter("Optional: how.", "How."),
              ElementsAre("own.GetRequest.how: says neither Required nor Optional"));
  EXPECT_THAT(ProblemsAfter("Optional: north.", "North."),
              ElementsAre("own.Place.north: says neither Required nor Optional"));
}

TEST(ContractRulesTest, NeedEnumsToStartUnspecified) {
  EXPECT_THAT(ProblemsAfter("KIND_UNSPECIFIED", "KIND_FIRST"),
              ElementsAre("own.Kind: has no value 0 that ends in _UNSPECIFIED"));
}

}  // namespace
}  // namespace paseto
