// tokenctl key with tokend's own keys: asked of a running tokend, and in the store of a stopped one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/service/cli/secret_file.h"
#include "grpc_paseto/service/config/load_config.h"
#include "grpc_paseto/service/server/server.h"
#include "grpc_paseto/tests/service/cli/run_tokenctl.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class ServerKeyCommandsTest : public TokenctlTest {
 protected:
  Ran Key(const std::string& client, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "key");
    arguments.insert(arguments.end(), {"--plaintext", "--server", tokend_.address(), "--token-file",
                                       Write("client.token", tokend_.ClientToken(client))});
    return Run(arguments);
  }
  RunningTokend tokend_;
};

TEST_F(ServerKeyCommandsTest, LeadAKeyThroughItsLife) {
  const Ran listed = Key("admin", {"list"});
  ASSERT_EQ(listed.exit, 0) << listed.err;
  EXPECT_THAT(listed.out,
              AllOf(HasSubstr("refresh"), HasSubstr("client"), HasSubstr("announced"), Not(HasSubstr("wrap"))));
  const Ran prepared = Key("admin", {"prepare", "--use", "client"});
  ASSERT_EQ(prepared.exit, 0) << prepared.err;
  const std::string id = prepared.out.substr(prepared.out.find("k4.pid."), 51);
  EXPECT_THAT(Key("admin", {"activate", id}).out, HasSubstr("active"));
  EXPECT_THAT(Key("admin", {"retire", id}).out, HasSubstr("retired"));
  EXPECT_THAT(Key("admin", {"revoke", id}).out, HasSubstr("revoked"));
  const Ran late = Key("admin", {"activate", id});
  EXPECT_EQ(late.exit, 1);
  EXPECT_THAT(late.err, HasSubstr("revoked"));
}

TEST_F(ServerKeyCommandsTest, RefusalsAreTold) {
  const Ran refused = Key("web", {"list"});
  EXPECT_EQ(refused.exit, 1);
  EXPECT_THAT(refused.err, HasSubstr("manage_keys"));
  EXPECT_EQ(Key("admin", {"revoke", "k4.pid.none"}).exit, 1);
  EXPECT_EQ(Key("admin", {"prepare", "--use", "foreign"}).exit, 2);
}

class StoredKeyCommandsTest : public TokenctlTest {
 protected:
  StoredKeyCommandsTest() {
    WriteConfig("tokend.yaml", "");
    EXPECT_THAT(Serve("tokend.yaml"), IsOk());
  }
  void WriteConfig(const std::string& name, const std::string& keys) {
    Write(name, "issuer: https://id.shop\nlisten: [{address: '127.0.0.1:0'}]\nstore: {sqlite: {folder: " +
                    Path("store") + "}}\n" + keys);
  }
  // Starts and stops tokend.
  absl::Status Serve(const std::string& config) {
    SystemRandom random;
    std::ostringstream log_text;
    const JsonLog log(log_text, LogSeverity::kInfo);
    return Server::Start(*LoadConfig(Path(config), {}), {clock_, random, log}).status();
  }
  std::string ConfigPath() const { return Path("tokend.yaml"); }
};

TEST_F(StoredKeyCommandsTest, ExportWritesAKeyFileForItsOwnerAlone) {
  const Ran ran = Run({"key", "export", "--config", ConfigPath(), "--out", Path("all.json")});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_EQ(Mode("all.json"), 0600u);
  EXPECT_THAT(*ReadKeyFile(Path("all.json")), SizeIs(5));
  ASSERT_EQ(Run({"key", "export", "--config", ConfigPath(), "--out", Path("client.json"), "--use", "client"}).exit, 0);
  EXPECT_THAT(*ReadKeyFile(Path("client.json")), SizeIs(1));
  const Ran client = Run({"client", "add", "--keys", Path("client.json"), "--issuer", "https://id.shop", "--id", "web",
                          "--out", Path("web.token")});
  EXPECT_EQ(client.exit, 0) << client.err;
  EXPECT_EQ(Run({"key", "export", "--config", ConfigPath(), "--out", Path("all.json")}).exit, 2);  // is there already
  EXPECT_EQ(Run({"key", "export"}).exit, 2);
}

// A unit's credentials are there while the service runs.
TEST_F(StoredKeyCommandsTest, KeyFileOfTheConfigurationIsNotNeeded) {
  WriteConfig("tokend.yaml", "keys: {file: /run/credentials/tokend.service/none.json}\n");
  const Ran ran = Run({"key", "export", "--config", ConfigPath(), "--out", Path("all.json")});
  EXPECT_EQ(ran.exit, 0) << ran.err;
}

TEST_F(StoredKeyCommandsTest, ImportTakesWhatIsNewAndTellsIt) {
  const std::string keys = MakeKeys();
  const Ran ran = Run({"key", "import", "--config", ConfigPath(), "--from", keys, "--json"});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  const std::vector<Key> imported = *ReadKeyFile(keys);
  for (const Key& key : imported) EXPECT_THAT(ran.out, HasSubstr(key.id().text()));
  EXPECT_THAT(ran.out, Not(HasSubstr("\"state\":\"active\"")));  // others are
  const Ran again = Run({"key", "import", "--config", ConfigPath(), "--from", keys, "--json"});
  EXPECT_EQ(again.exit, 0);
  EXPECT_THAT(again.out, Not(HasSubstr("k4.")));
  EXPECT_THAT(Serve("tokend.yaml"), IsOk());
}

TEST_F(StoredKeyCommandsTest, ImportRefusesWhatTheStoreCannotHold) {
  const Key key(V4LocalKey::Generate(), {KeyUse::kForeign, KeyState::kActive, {}, false, {"key-1"}});
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const std::string file = Write("foreign.json", std::string(EncodeKeyFile({key}, access).ReadText(access)));
  const Ran ran = Run({"key", "import", "--config", ConfigPath(), "--from", file});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, HasSubstr("the key files of the verifiers"));
}

TEST_F(StoredKeyCommandsTest, RewrapMovesEveryKeyToTheOtherKek) {
  ASSERT_EQ(Run({"key", "new-kek", "--out", Path("kek")}).exit, 0);
  EXPECT_EQ(Mode("kek"), 0600u);
  WriteConfig("new.yaml", "keys: {kek: {file: " + Path("kek") + "}}\n");
  EXPECT_THAT(Serve("new.yaml"), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("rewrap")));
  const Ran ran = Run({"key", "rewrap", "--config", ConfigPath(), "--new-config", Path("new.yaml")});
  ASSERT_EQ(ran.exit, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("k4.lid."));
  EXPECT_THAT(Serve("new.yaml"), IsOk());
  EXPECT_THAT(Serve("tokend.yaml"), Not(IsOk()));
  const Ran twice = Run({"key", "rewrap", "--config", ConfigPath(), "--new-config", Path("new.yaml")});
  EXPECT_EQ(twice.exit, 2);
}

TEST_F(StoredKeyCommandsTest, StoreInUseIsLeftAlone) {
  SystemRandom random;
  std::ostringstream log_text;
  const JsonLog log(log_text, LogSeverity::kInfo);
  const auto running = Server::Start(*LoadConfig(ConfigPath(), {}), {clock_, random, log});
  ASSERT_THAT(running, IsOk());
  const Ran ran = Run({"key", "export", "--config", ConfigPath(), "--out", Path("all.json")});
  EXPECT_EQ(ran.exit, 2);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("in use"), HasSubstr("stop tokend")));
}

TEST_F(StoredKeyCommandsTest, KekUnderAPasswordOpensWithItAlone) {
  ASSERT_EQ(
      Run({"key", "new-kek", "--out", Path("kek.pw"), "--password-file", Write("password", "correct horse\n")}).exit,
      0);
  std::filesystem::permissions(Path("password"), std::filesystem::perms(0600));
  EXPECT_THAT(Read("kek.pw"), ::testing::StartsWith("k4.local-pw."));
  WriteConfig("new.yaml", "keys: {kek: {password: {wrapped_file: " + Path("kek.pw") +
                              ", password_file: " + Path("password") + "}}}\n");
  ASSERT_EQ(Run({"key", "rewrap", "--config", ConfigPath(), "--new-config", Path("new.yaml")}).exit, 0);
  EXPECT_THAT(Serve("new.yaml"), IsOk());
  Write("password", "wrong horse");
  EXPECT_THAT(Serve("new.yaml"), StatusIs(absl::StatusCode::kUnauthenticated));
}

}  // namespace
}  // namespace paseto::service
