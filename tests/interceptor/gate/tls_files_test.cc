#include "grpc_paseto/interceptor/gate/tls_files.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "grpc_paseto/tests/interceptor/gate/certified_echo.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto {
namespace {

using interceptor::TlsFileReader;
using interceptor::TlsFiles;
using ::testing::HasSubstr;
using ::testing::Not;

class TlsFilesTest : public ::testing::Test {
 protected:
  void WriteServer(const TestCertificate& server) {
    folder_.Write("server.crt", server.certificate_pem);
    folder_.Write("server.key", server.private_key_pem);
  }
  TlsFiles Files() const { return {folder_.File("server.crt"), folder_.File("server.key"), ca_}; }

  std::unique_ptr<CertifiedEcho> Serve() {
    return std::make_unique<CertifiedEcho>(
        "mode: MODE_PUBLIC", [this](interceptor::Guard& guard) { return guard.TlsFromFiles(Files()).value(); });
  }
  // Whether a new connection trusts the server's certificate.
  static bool Trusts(const CertifiedEcho& echo, const TestAuthority& authority, const TestCertificate* own = nullptr) {
    return echo.Say(*echo.Connect(ClientCredentials(authority, own)), "") == "|";
  }

  const TemporaryFolder folder_;
  std::string ca_;
  const TestAuthority first_;
  const TestAuthority second_;
};

TEST_F(TlsFilesTest, NewConnectionsSeeNewFilesAndOldOnesGoOn) {
  WriteServer(first_.SignServer());
  const auto echo = Serve();
  const auto old = echo->Connect(ClientCredentials(first_, nullptr));
  EXPECT_EQ(echo->Say(*old, ""), "|");
  WriteServer(second_.SignServer());
  EXPECT_TRUE(Trusts(*echo, second_));
  EXPECT_FALSE(Trusts(*echo, first_));
  EXPECT_EQ(echo->Say(*old, ""), "|");
}

TEST_F(TlsFilesTest, FilesThatCannotBeUsedLeaveWhatIsThere) {
  WriteServer(first_.SignServer());
  const auto echo = Serve();
  const TestCertificate next = second_.SignServer();
  folder_.Write("server.crt", next.certificate_pem);  // its key is still to come
  EXPECT_TRUE(Trusts(*echo, first_));
  EXPECT_TRUE(Trusts(*echo, first_));
  folder_.Write("server.key", next.private_key_pem);
  EXPECT_TRUE(Trusts(*echo, second_));
  folder_.Write("server.crt", "broken");
  EXPECT_TRUE(Trusts(*echo, second_));
  std::filesystem::remove(folder_.File("server.key"));
  EXPECT_TRUE(Trusts(*echo, second_));
}

TEST_F(TlsFilesTest, AuthoritiesOfClientsAreReadAgain) {
  WriteServer(first_.SignServer());
  ca_ = folder_.Write("clients.crt", first_.root_pem());
  const auto echo = Serve();
  const TestCertificate of_first = first_.Sign("a", "");
  const TestCertificate of_second = second_.Sign("b", "");
  EXPECT_TRUE(Trusts(*echo, first_, &of_first));
  EXPECT_FALSE(Trusts(*echo, first_, &of_second));
  folder_.Write("clients.crt", second_.root_pem());
  EXPECT_FALSE(Trusts(*echo, first_, &of_first));
  EXPECT_TRUE(Trusts(*echo, first_, &of_second));
}

TEST_F(TlsFilesTest, WhatIsWrongAtTheStartIsSaid) {
  EXPECT_THAT(TlsFileReader::Create(Files()), StatusIs(absl::StatusCode::kNotFound, HasSubstr("server.crt")));
  WriteServer(first_.SignServer());
  EXPECT_THAT(TlsFileReader::Create(Files()), IsOk());
  folder_.Write("server.key", first_.SignServer().private_key_pem);
  EXPECT_THAT(TlsFileReader::Create(Files()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("does not belong to")));
  folder_.Write("server.key", "nothing");
  EXPECT_THAT(TlsFileReader::Create(Files()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("has no PEM private key")));
  WriteServer(first_.SignServer());
  ca_ = folder_.Write("clients.crt", "nothing");
  EXPECT_THAT(TlsFileReader::Create(Files()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("clients.crt has no PEM certificate")));
}

}  // namespace
}  // namespace paseto
