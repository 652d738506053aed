// No official case is left out: when the folder is given, every file in it is one that a test runs, and the cases that
// ran are as many as there are.

#include <filesystem>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "grpc_paseto/tests/conformance/vector_file.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

namespace fs = std::filesystem;

std::set<std::string> FilesThatRun() {
  std::set<std::string> files = {"v1.json", "v2.json", "v3.json", "v4.json"};
  for (const char* version : {"k1", "k2", "k3", "k4"}) {
    for (const char* type : {"lid", "local", "local-pw", "local-wrap.pie", "pid", "public", "seal", "secret",
                             "secret-pw", "secret-wrap.pie", "sid"}) {
      files.insert(std::string("PASERK/") + version + "." + type + ".json");
    }
  }
  return files;
}

TEST(VectorCountTest, EveryFileAndCaseRuns) {
  const std::string folder = GRPC_PASETO_VECTORS_DIR;
  if (folder.empty()) GTEST_SKIP() << LoadVectors("v4.json").front().status.message();
  std::set<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json") found.insert(fs::relative(entry.path(), folder).string());
  }
  EXPECT_EQ(found, FilesThatRun());
  size_t cases = 0;
  for (const std::string& file : found) cases += LoadVectors(file).size();
  EXPECT_EQ(cases, 260u);

  size_t tests = 0;
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    if (absl::StartsWith(suite.name(), "Official/")) tests += static_cast<size_t>(suite.total_test_count());
  }
  EXPECT_EQ(tests, cases);
}

}  // namespace
}  // namespace paseto
