// No token of one use or type passes for another, whatever key signed it: foreign ones included.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/service/server/whole_file.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::service {
namespace {

using ::testing::Not;

struct Signer {
  std::string name;
  Key key;
};

class KeyUseTest : public ::testing::Test {
 protected:
  KeyUseTest() {
    std::vector<Key> keys;
    for (const Signer& signer : signers_) {
      const bool is_foreign = signer.key.attributes().use == KeyUse::kForeign;
      keys.push_back(is_foreign ? *signer.key.PublicHalf() : signer.key);
    }
    const InsecureSecretAccess access = InsecureSecretAccess::Get();
    const std::string path = folder_.File("keys.json");
    EXPECT_TRUE(WriteWholeFile(path, EncodeKeyFile(keys, access).ReadText(access)).ok());
    tokend_ =
        std::make_unique<RunningTokend>([&](config::TokendConfig& config) { config.mutable_keys()->set_file(path); });
  }

  // A token as the holder of the key may make it, with every claim that could make it pass for something else.
  std::string Forge(const Key& key, const std::string& type,
                    absl::string_view holder = R"("sub":"alice","sid":"s-1",)") const {
    const absl::Time now = tokend_->clock().Now();
    const std::string payload = absl::StrCat(
        R"({"iss":"https://id.shop","aud":"tokend",)", holder, R"("jti":"j-1","gen":1,"client_id":"admin",)",
        R"("scope":"read","fresh":true,"rev":0,"iat":")", absl::FormatTime(kDate, now, absl::UTCTimeZone()),
        R"(","exp":")", absl::FormatTime(kDate, now + absl::Minutes(5), absl::UTCTimeZone()), R"(","type":")", type,
        "\"}");
    const std::string footer = absl::StrCat(R"({"kid":")", key.id().text(), "\"}");
    if (key.v4_local() != nullptr) return V4LocalSeal(*key.v4_local(), payload, footer, "");
    return V4PublicSign(*key.v4_secret(), payload, footer, "");
  }

  static constexpr char kDate[] = "%Y-%m-%dT%H:%M:%SZ";
  static Key Public(KeyUse use) { return Key(V4SecretKey::Generate(), {use, KeyState::kActive, {}}); }
  static Key Local(KeyUse use) { return Key(V4LocalKey::Generate(), {use, KeyState::kActive, {}}); }

  TemporaryFolder folder_;
  const std::vector<Signer> signers_ = {
      {"access", Public(KeyUse::kAccess)},
      {"access, local", Local(KeyUse::kAccess)},
      {"refresh", Local(KeyUse::kRefresh)},
      {"client", Public(KeyUse::kClient)},
      {"foreign", Public(KeyUse::kForeign)},
      {"foreign, all claims allowed",
       Key(V4SecretKey::Generate(), {KeyUse::kForeign, KeyState::kActive, {"client_id", "sid", "scope"}})}};
  const std::vector<std::string> types_ = {"access", "refresh", "client", "email-verify"};
  std::unique_ptr<RunningTokend> tokend_;
};

TEST_F(KeyUseTest, OnlyAClientKeyMakesClientTokens) {
  v1::RevokeRequest revoke;
  revoke.mutable_everything();
  for (const Signer& signer : signers_) {
    for (const std::string& type : types_) {
      const auto answer = tokend_->CallWithToken(&v1::TokenService::Stub::Revoke, revoke, Forge(signer.key, type));
      if (signer.name == "client" && type == "client") {
        EXPECT_THAT(answer, StatusIs(absl::StatusCode::kPermissionDenied));  // it names a subject and a session, too
      } else {
        EXPECT_THAT(answer, StatusIs(absl::StatusCode::kUnauthenticated)) << signer.name << " " << type;
      }
    }
  }
}

TEST_F(KeyUseTest, AClientTokenNamesItsClientAlone) {
  v1::RevokeRequest revoke;
  revoke.mutable_everything();
  const Key& key = signers_[3].key;
  const auto answer = [&](absl::string_view holder) {
    return tokend_->CallWithToken(&v1::TokenService::Stub::Revoke, revoke, Forge(key, "client", holder));
  };
  EXPECT_THAT(answer(R"("sub":"alice",)"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(answer(R"("sid":"s-1",)"), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(answer(""), IsOk());
}

// Introspection also tells client tokens.
TEST_F(KeyUseTest, OnlyAnAccessKeyMakesAccessAndCustomTokens) {
  for (const Signer& signer : signers_) {
    for (const std::string& type : types_) {
      const auto answer = tokend_->Introspect("auditor", Forge(signer.key, type));
      ASSERT_THAT(answer, IsOk());
      const KeyUse use = signer.key.attributes().use;
      const bool is_own = type == "client" ? use == KeyUse::kClient : use == KeyUse::kAccess && type != "refresh";
      EXPECT_EQ(answer->active(), is_own) << signer.name << " " << type;
      if (is_own) {
        EXPECT_EQ(answer->type(), type);
      }
    }
  }
}

TEST_F(KeyUseTest, NoKeyAloneMakesARefreshToken) {
  for (const Signer& signer : signers_) {
    for (const std::string& type : types_) {
      v1::IssuedToken token;
      token.set_token(Forge(signer.key, type));
      EXPECT_THAT(tokend_->Refresh("web", token), Not(IsOk())) << signer.name << " " << type;
    }
  }
}

TEST_F(KeyUseTest, GenuineTokensDoNotPassForEachOther) {
  const v1::IssueResponse pair = tokend_->IssuePair("web");
  v1::IntrospectRequest request;
  request.set_token(pair.access_token().token());
  for (const std::string& token : {pair.access_token().token(), pair.refresh_token().token()}) {
    EXPECT_THAT(tokend_->CallWithToken(&v1::TokenService::Stub::Introspect, request, token),
                StatusIs(absl::StatusCode::kUnauthenticated));
  }
  EXPECT_THAT(tokend_->Refresh("web", pair.access_token()), Not(IsOk()));
  EXPECT_THAT(tokend_->Refresh("web", pair.refresh_token()), IsOk());
}

}  // namespace
}  // namespace paseto::service
