#include "grpc_paseto/service/config/check_config_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <ostream>

namespace paseto::service {

inline void PrintTo(const ConfigProblem& problem, std::ostream* os) { *os << problem.field << ": " << problem.message; }

namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

auto Problem(const std::string& field, const std::string& message) {
  return ElementsAre(AllOf(Field(&ConfigProblem::field, field), Field(&ConfigProblem::message, HasSubstr(message))));
}

class CheckConfigFilesTest : public ::testing::Test {
 protected:
  CheckConfigFilesTest() : folder_(::testing::TempDir() + "config_files_" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
    config::Listener& listener = *config_.add_listen();
    listener.mutable_tls()->set_certificate_file(Write("tls.crt", "text\n-----BEGIN CERTIFICATE-----\n", 0644));
    listener.mutable_tls()->set_private_key_file(Write("tls.key", "-----BEGIN EC PRIVATE KEY-----\n", 0640));
    config_.mutable_keys()->set_file(Write("keys.json", "{}", 0600));
    config_.mutable_store()->mutable_sqlite()->set_folder(folder_ / "store");
  }
  ~CheckConfigFilesTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text, mode_t mode) {
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  std::filesystem::path folder_;
  config::TokendConfig config_;
};

TEST_F(CheckConfigFilesTest, AcceptsWhatIsInOrder) { EXPECT_THAT(CheckConfigFiles(config_), IsEmpty()); }

TEST_F(CheckConfigFilesTest, FindsMissingFiles) {
  std::filesystem::remove(folder_ / "tls.crt");
  EXPECT_THAT(CheckConfigFiles(config_), Problem("listen[0].tls.certificate_file", "No such file"));
}

TEST_F(CheckConfigFilesTest, FindsFoldersInPlaceOfFiles) {
  config_.mutable_keys()->set_file(folder_);
  EXPECT_THAT(CheckConfigFiles(config_), Problem("keys.file", "is not a file"));
}

TEST_F(CheckConfigFilesTest, RefusesSecretsThatAreOpenToEveryone) {
  Write("keys.json", "{}", 0604);
  EXPECT_THAT(CheckConfigFiles(config_), Problem("keys.file", "chmod o-rwx"));
  Write("keys.json", "{}", 0600);
  Write("tls.key", "-----BEGIN PRIVATE KEY-----\n", 0644);
  EXPECT_THAT(CheckConfigFiles(config_), Problem("listen[0].tls.private_key_file", "chmod o-rwx"));
}

TEST_F(CheckConfigFilesTest, RefusesWhatIsNotPem) {
  Write("tls.crt", "-----BEGIN PRIVATE KEY-----\n", 0644);
  EXPECT_THAT(CheckConfigFiles(config_), Problem("listen[0].tls.certificate_file", "no PEM block of a CERTIFICATE"));
  Write("tls.crt", "-----BEGIN CERTIFICATE-----\n", 0644);
  Write("tls.key", "-----BEGIN CERTIFICATE-----\n", 0600);
  EXPECT_THAT(CheckConfigFiles(config_), Problem("listen[0].tls.private_key_file", "no PEM block of a PRIVATE KEY"));
}

TEST_F(CheckConfigFilesTest, ReadsTheAuthoritiesOfClients) {
  config_.mutable_listen(0)->mutable_tls()->set_client_ca_file(folder_ / "clients.crt");
  EXPECT_THAT(CheckConfigFiles(config_), Problem("listen[0].tls.client_ca_file", "No such file"));
  Write("clients.crt", "-----BEGIN CERTIFICATE-----\n", 0644);
  EXPECT_THAT(CheckConfigFiles(config_), IsEmpty());
}

TEST_F(CheckConfigFilesTest, FolderOfAClientsSocketIsClosedToOthers) {
  const std::filesystem::path sockets = folder_ / "sockets";
  config::Listener& listener = *config_.add_listen();
  listener.set_address("unix:" + (sockets / "admin.sock").string());
  EXPECT_THAT(CheckConfigFiles(config_), IsEmpty()) << "without a client";
  listener.set_client("admin");
  EXPECT_THAT(CheckConfigFiles(config_), IsEmpty()) << "it will be made";
  listener.set_address("unix:" + (sockets / "deeper" / "admin.sock").string());
  EXPECT_THAT(CheckConfigFiles(config_), Problem("listen[1].address", "make the folder around it first"));
  listener.set_address("unix:" + (sockets / "admin.sock").string());
  std::filesystem::create_directories(sockets);
  for (const mode_t mode : {0710, 0701, 0750, 0777}) {
    EXPECT_EQ(::chmod(sockets.c_str(), mode), 0);
    EXPECT_THAT(CheckConfigFiles(config_), Problem("listen[1].address", "chmod 0700")) << mode;
  }
  EXPECT_EQ(::chmod(sockets.c_str(), 0700), 0);
  EXPECT_THAT(CheckConfigFiles(config_), IsEmpty());
}

TEST_F(CheckConfigFilesTest, NeedsAPlaceForTheStore) {
  config_.mutable_store()->mutable_sqlite()->set_folder(folder_);
  EXPECT_THAT(CheckConfigFiles(config_), IsEmpty());
  config_.mutable_store()->mutable_sqlite()->set_folder(folder_ / "keys.json");
  EXPECT_THAT(CheckConfigFiles(config_), Problem("store.sqlite.folder", "is not a folder"));
  config_.mutable_store()->mutable_sqlite()->set_folder(folder_ / "absent" / "store");
  EXPECT_THAT(CheckConfigFiles(config_), Problem("store.sqlite.folder", "make it first"));
}

}  // namespace
}  // namespace paseto::service
