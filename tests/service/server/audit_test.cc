// What an audited tokend leaves in its audit file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "grpc_paseto/service/audit/audit_verifier.h"
#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"
#include "paseto/v1/key_admin.grpc.pb.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AuditedTokend : public ::testing::TestWithParam<bool> {
 protected:
  std::string File() const { return folder_.File("audit.jsonl"); }
  std::string Content() const {
    std::ifstream file(File());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_;
  RunningTokend tokend_{[this](config::TokendConfig& config) {
    config.mutable_audit()->set_file(File());
    config.mutable_audit()->set_key_file(folder_.File("audit.key"));
    config.mutable_audit()->set_fail_closed(GetParam());
  }};
};

TEST_P(AuditedTokend, RecordsEveryCallThatChangedSomethingAndNoToken) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  v1::IssueRequest plain;
  plain.set_subject("bob");
  ASSERT_THAT(tokend_.Call(&v1::TokenService::Stub::Issue, plain, "web"), IsOk());  // has no row but its audit
  const auto second = tokend_.Refresh("web", pair.refresh_token());
  ASSERT_THAT(second, IsOk());
  tokend_.clock().Advance(absl::Minutes(1));
  EXPECT_THAT(tokend_.Refresh("web", pair.refresh_token()), RefusedFor(v1::REASON_REFRESH_REUSED));
  ASSERT_THAT(tokend_.RevokeToken("web", pair.access_token().token()), IsOk());
  ASSERT_THAT(tokend_.RevokeSubject("auditor", "carol"), IsOk());
  if (GetParam()) {
    EXPECT_THAT(Content(), HasSubstr(R"("subject":"carol")")) << "before the answer";
  }
  tokend_.Stop();

  const std::string content = Content();
  for (const char* part : {R"("event":"issue","outcome":"issued","by":"web","client":"web","subject":"alice")",
                           R"("subject":"bob")", R"("event":"refresh","outcome":"rotated")",
                           R"("event":"refresh","outcome":"theft")", R"("event":"revoke","outcome":"token","by":"web")",
                           R"("event":"revoke","outcome":"subject","by":"auditor","subject":"carol")"}) {
    EXPECT_THAT(content, HasSubstr(part));
  }
  for (const v1::IssuedToken* token : {&pair.access_token(), &pair.refresh_token(), &second->refresh_token()}) {
    EXPECT_THAT(content, Not(HasSubstr(token->token())));
  }
  EXPECT_THAT(content, Not(HasSubstr("v4.")));
  AuditVerifier verifier(AuditVerifier::Begins::kWithTheFirstEvent);
  EXPECT_THAT(verifier.Read(File()), IsOk());
  EXPECT_GE(verifier.events(), 6);  // the keys of the first start are there, too
  EXPECT_EQ(ReadSqliteAudit(tokend_.store_folder())->head, verifier.head());
}

TEST_P(AuditedTokend, RecordsARefreshAfterTheSessionsDeadline) {
  v1::IssueRequest request;
  request.set_subject("alice");
  request.set_with_refresh_token(true);
  request.mutable_session_lifetime()->set_seconds(60);
  const auto pair = tokend_.Call(&v1::TokenService::Stub::Issue, request, "web");
  ASSERT_THAT(pair, IsOk());
  tokend_.clock().Advance(absl::Seconds(61));
  EXPECT_THAT(tokend_.Refresh("web", pair->refresh_token()), RefusedFor(v1::REASON_SESSION_EXPIRED));
  tokend_.Stop();
  EXPECT_THAT(Content(),
              HasSubstr(R"("event":"refresh","outcome":"expired","by":"web","client":"web","subject":"alice")"));
}

TEST_P(AuditedTokend, RecordsExchangesAndNoToken) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  v1::ExchangeRequest request;
  request.set_token(pair.access_token().token());
  const auto exchanged = tokend_.Call(&v1::TokenService::Stub::Exchange, request, "shop");
  ASSERT_THAT(exchanged, IsOk());
  const std::string issued =
      R"("event":"exchange","outcome":"issued","by":"shop","client":"web","subject":"alice","session":")" +
      pair.session_id() + R"(","token":")" + exchanged->access_token().token_id();
  if (GetParam()) {
    EXPECT_THAT(Content(), HasSubstr(issued)) << "before the answer";
  }
  ASSERT_THAT(tokend_.RevokeSession("web", pair.session_id()), IsOk());
  EXPECT_THAT(tokend_.Call(&v1::TokenService::Stub::Exchange, request, "shop"), RefusedFor(v1::REASON_TOKEN_REVOKED));
  tokend_.Stop();
  EXPECT_THAT(Content(), HasSubstr(issued));
  EXPECT_THAT(Content(), HasSubstr(R"("event":"exchange","outcome":"revoked","by":"shop","client":"web")"));
  EXPECT_THAT(Content(), Not(HasSubstr("v4.")));
  AuditVerifier verifier(AuditVerifier::Begins::kWithTheFirstEvent);
  EXPECT_THAT(verifier.Read(File()), IsOk());
}

TEST_P(AuditedTokend, NamesWhoRevokedAKey) {
  const auto active = [this](TokenKind kind) {
    return tokend_.keys()->ActiveSigner(kind, KeyUse::kAccess)->id().text();
  };
  v1::RevokeKeyRequest of_administrator;
  of_administrator.set_key_id(active(kV4Public));
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + tokend_.ClientToken("admin"));
  v1::RevokeKeyResponse response;
  ASSERT_TRUE(v1::KeyAdmin::Stub(tokend_.channel()).RevokeKey(&context, of_administrator, &response).ok());
  v1::RevokeRequest of_client;
  of_client.set_key_id(active(kV4Local));
  ASSERT_THAT(tokend_.Call(&v1::TokenService::Stub::Revoke, of_client, "admin"), IsOk());
  tokend_.Stop();
  const std::string content = Content();
  for (const TokenKind kind : {kV4Public, kV4Local}) {
    EXPECT_THAT(content, HasSubstr(R"("event":"key","outcome":"revoked","by":"admin","key":")" + active(kind)));
  }
  EXPECT_THAT(content, HasSubstr(R"("event":"key","outcome":"announced","key":")")) << "tokend itself";
}

TEST_P(AuditedTokend, GoesOnWithTheChainAfterARestart) {
  tokend_.IssuePair("web");
  tokend_.Restart();
  tokend_.IssuePair("web");
  tokend_.Stop();
  AuditVerifier verifier(AuditVerifier::Begins::kWithTheFirstEvent);
  EXPECT_THAT(verifier.Read(File()), IsOk());
  const std::string content = Content();
  const size_t first = content.find(R"("event":"issue")");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(content.find(R"("event":"issue")", first + 1), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Answers, AuditedTokend, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "FailClosed" : "AtOnce"; });

}  // namespace
}  // namespace paseto::service
