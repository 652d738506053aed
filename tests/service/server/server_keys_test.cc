// The keys of a whole tokend: taken over, rotated, revoked and published while it runs.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/token/footer.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/service/keys/kek_source.h"
#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/service/server/whole_file.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"
#include "paseto/v1/trust_feed.grpc.pb.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;

std::string KidOf(const std::string& token) {
  return ReadFooterKeyId(UntrustedToken::Parse(token)->untrusted_footer())->value().text();
}

v1::TrustedKeySet GetKeys(RunningTokend& tokend) {
  grpc::ClientContext context;
  v1::GetKeysResponse response;
  EXPECT_TRUE(v1::TrustFeed::NewStub(tokend.channel())->GetKeys(&context, {}, &response).ok());
  return response.key_set();
}

v1::KeyState StateOf(const v1::TrustedKeySet& set, const std::string& kid) {
  for (const v1::TrustedKey& key : set.keys()) {
    if (key.kid() == kid) return key.state();
  }
  return v1::KEY_STATE_UNSPECIFIED;
}

// Asks again and again, for a minute at most.
template <typename Condition>
bool Eventually(const Condition& holds) {
  const absl::Time give_up = absl::Now() + absl::Minutes(1);
  while (absl::Now() < give_up) {
    if (holds()) return true;
  }
  return false;
}

void WriteKeyFile(const std::string& path, const std::vector<Key>& keys) {
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  ASSERT_TRUE(WriteWholeFile(path, EncodeKeyFile(keys, access).ReadText(access)).ok());
}

void LongAccessTokens(config::TokendConfig& config) {
  config.mutable_tokens()->mutable_max_access_lifetime()->set_seconds(24 * 3600);
  config.mutable_tokens()->mutable_access_lifetime()->set_seconds(3 * 3600);
  for (auto& [id, client] : *config.mutable_clients()) client.mutable_max_lifetime()->set_seconds(24 * 3600);
  config.mutable_keys()->mutable_rotation()->mutable_every()->set_seconds(3600);
}

TEST(ServerKeysTest, KeysChangeWithoutARestartAndOldTokensStayGood) {
  RunningTokend tokend(LongAccessTokens);
  const v1::IssueResponse before = tokend.IssuePair("web");
  const std::string first = KidOf(before.access_token().token());
  EXPECT_EQ(StateOf(GetKeys(tokend), first), v1::KEY_STATE_ACTIVE);
  tokend.clock().Advance(absl::Hours(1));
  std::string after;
  ASSERT_TRUE(Eventually([&] {
    after = tokend.IssuePair("web").access_token().token();
    return KidOf(after) != first;
  }));
  EXPECT_TRUE(tokend.Introspect("auditor", before.access_token().token())->active());
  EXPECT_TRUE(tokend.Introspect("auditor", after)->active());
  EXPECT_THAT(tokend.Refresh("web", before.refresh_token()), IsOk());
  const v1::TrustedKeySet published = GetKeys(tokend);
  EXPECT_EQ(StateOf(published, first), v1::KEY_STATE_RETIRED);
  EXPECT_EQ(StateOf(published, KidOf(after)), v1::KEY_STATE_ACTIVE);
}

TEST(ServerKeysTest, PublishedKeySetHasTheSuccessorBeforeItSigns) {
  RunningTokend tokend(LongAccessTokens);
  const v1::TrustedKeySet before = GetKeys(tokend);
  const std::string first = KidOf(tokend.IssuePair("web").access_token().token());
  tokend.clock().Advance(absl::Hours(1));
  std::string second;
  ASSERT_TRUE(Eventually([&] { return (second = KidOf(tokend.IssuePair("web").access_token().token())) != first; }));
  EXPECT_EQ(StateOf(before, second), v1::KEY_STATE_ANNOUNCED);  // who polled before can verify what is signed now
}

TEST(ServerKeysTest, RevocationReachesWatchersAtOnce) {
  RunningTokend tokend;
  const std::string signer = KidOf(tokend.IssuePair("web").access_token().token());
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + tokend.ClientToken("verifier"));
  const std::unique_ptr<v1::TrustFeed::Stub> stub = v1::TrustFeed::NewStub(tokend.channel());
  const auto stream = stub->Watch(&context);
  v1::WatchRequest request;
  request.mutable_position();
  stream->Write(request);
  v1::WatchResponse message;
  ASSERT_TRUE(stream->Read(&message));
  const int64_t version = message.keys().version();
  v1::RevokeRequest revoke;
  revoke.set_key_id(signer);
  ASSERT_THAT(tokend.Call(&v1::TokenService::Stub::Revoke, revoke, "admin"), IsOk());
  while (stream->Read(&message) && !message.has_keys()) continue;
  EXPECT_GT(message.keys().version(), version);
  EXPECT_EQ(StateOf(message.keys(), signer), v1::KEY_STATE_REVOKED);
  context.TryCancel();
  stream->Finish();
}

TEST(ServerKeysTest, UnknownKeyIsNotRevoked) {
  RunningTokend tokend;
  v1::RevokeRequest revoke;
  revoke.set_key_id("k4.pid.none");
  EXPECT_THAT(tokend.Call(&v1::TokenService::Stub::Revoke, revoke, "admin"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("key_id")));
}

TEST(ServerKeysTest, TokendMakesItsOwnKeys) {
  RunningTokend tokend([](config::TokendConfig& config) { config.mutable_keys()->clear_file(); });
  const v1::TrustedKeySet published = GetKeys(tokend);
  ASSERT_EQ(published.keys_size(), 2);
  EXPECT_NE(published.keys(0).state(), published.keys(1).state());
}

TEST(ServerKeysTest, FileGivesKeysThatTheStoreHasNeverSeen) {
  TemporaryFolder folder;
  const std::string path = folder.File("more.json");
  RunningTokend tokend;
  const Key retired(V4SecretKey::Generate(), {KeyUse::kAccess, KeyState::kRetired, {}});
  const Key active(V4SecretKey::Generate(), {KeyUse::kAccess, KeyState::kActive, {}});
  WriteKeyFile(path, {retired, active});
  const std::string signer = KidOf(tokend.IssuePair("web").access_token().token());
  tokend.Restart([&](config::TokendConfig& config) { config.mutable_keys()->set_file(path); });
  const v1::TrustedKeySet published = GetKeys(tokend);
  EXPECT_EQ(StateOf(published, retired.id().text()), v1::KEY_STATE_RETIRED);
  EXPECT_EQ(StateOf(published, active.id().text()), v1::KEY_STATE_ANNOUNCED);
  EXPECT_EQ(KidOf(tokend.IssuePair("web").access_token().token()), signer);
}

TEST(ServerKeysTest, LostOrOtherKekIsToldAtTheStart) {
  TemporaryFolder folder;
  config::TokendConfig config = TestConfig(folder.path());
  WriteTestKeys(config.keys().file());
  FakeClock clock;
  SystemRandom random;
  std::ostringstream log_text;
  const JsonLog log(log_text, LogSeverity::kInfo);
  const auto start = [&] { return Server::Start(config, {clock, random, log}).status(); };
  ASSERT_THAT(start(), IsOk());
  const std::string kek = DefaultKekFile(folder.File("store"));
  std::filesystem::rename(kek, kek + ".moved");
  EXPECT_THAT(start(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(kek)));
  ASSERT_THAT(LoadOrMakeKek({}, folder.File("store"), true), IsOk());
  EXPECT_THAT(start(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("rewrap")));
  config.mutable_keys()->mutable_kek()->set_file(kek + ".moved");
  EXPECT_THAT(start(), IsOk());
}

// A key that is announced, and the key that signs access tokens, in the same file.
TEST(ServerKeysTest, SuccessorSignsAtOnceAndAfterARestart) {
  TemporaryFolder folder;
  config::TokendConfig config = TestConfig(folder.path());
  WriteTestKeys(config.keys().file());
  const auto loaded = LoadKeys(config.keys().file()).value();
  std::vector<Key> keys(loaded->keys().begin(), loaded->keys().end());
  keys.push_back(Key(V4SecretKey::Generate(), KeyAttributes{KeyUse::kAccess, KeyState::kAnnounced, {}}));
  WriteKeyFile(config.keys().file(), keys);
  RunningTokend tokend([&](config::TokendConfig& other) { other = config; });
  const std::string before = tokend.IssuePair("web").access_token().token();

  v1::RevokeRequest request;
  request.set_key_id(tokend.keys()->ActiveSigner(kV4Public, KeyUse::kAccess)->id().text());
  ASSERT_THAT(tokend.Call(&v1::TokenService::Stub::Revoke, request, "admin"), IsOk());
  for (int start = 0; start < 2; ++start) {
    const std::string after = tokend.IssuePair("web").access_token().token();
    EXPECT_EQ(KidOf(after), keys.back().id().text());
    EXPECT_TRUE(tokend.Introspect("auditor", after)->active());
    EXPECT_FALSE(tokend.Introspect("auditor", before)->active());
    tokend.Restart();
  }
}

}  // namespace
}  // namespace paseto::service
