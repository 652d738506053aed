#include "grpc_paseto/service/cli/token_commands.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

TEST(MakeIssueRequest, LeavesDefaultsToTheServer) {
  IssueOptions options;
  options.subject = "ann";
  EXPECT_EQ(MakeIssueRequest(options)->SerializeAsString(),
            Parse<v1::IssueRequest>("subject: 'ann'").SerializeAsString());
}

TEST(MakeIssueRequest, CarriesEveryOption) {
  IssueOptions options;
  options.subject = "ann";
  options.type = "email-verify";
  options.audiences = {"shop"};
  options.scopes = {"a", "b"};
  options.lifetime = "1h30m";
  options.fresh = true;
  options.claims_json = "{}";
  options.footer_json = "{\"x\":1}";
  options.assertion = "bytes";
  options.kind = "v4.local";
  options.base64_wrapped = true;
  options.with_refresh_token = true;
  options.session_lifetime = "30d";
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
      *MakeIssueRequest(options),
      Parse<v1::IssueRequest>(
          "subject: 'ann' type: 'email-verify' audiences: 'shop' scopes: ['a', 'b'] lifetime { seconds: 5400 } "
          "fresh: true custom_claims_json: '{}' footer { footer_json: '{\"x\":1}' } implicit_assertion: 'bytes' "
          "kind: 'v4.local' base64_wrapped: true with_refresh_token: true session_lifetime { seconds: 2592000 }")));
}

TEST(MakeIssueRequest, RefusesTwoFootersAndBadDurations) {
  IssueOptions footers;
  footers.footer_json = "{}";
  footers.footer_text = "x";
  EXPECT_THAT(MakeIssueRequest(footers), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--footer-text")));
  IssueOptions lifetime;
  lifetime.lifetime = "10";
  EXPECT_THAT(MakeIssueRequest(lifetime), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--lifetime")));
  IssueOptions session;
  session.session_lifetime = "month";
  EXPECT_THAT(MakeIssueRequest(session), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--session-lifetime")));
}

TEST(DescribeIssued, NamesItsMembersForScripts) {
  EXPECT_EQ(DescribeIssued(
                Parse<v1::IssueResponse>("access_token { token: 'A' expires_at { seconds: 60 } token_id: 'I' } "
                                         "refresh_token { token: 'R' expires_at { seconds: 120 } } session_id: 'S'"))
                .Json(),
            R"({"access_token":"A","access_token_expires_at":"1970-01-01T00:01:00Z","access_token_id":"I",)"
            R"("refresh_token":"R","refresh_token_expires_at":"1970-01-01T00:02:00Z","session_id":"S"})");
  EXPECT_THAT(DescribeIssued(Parse<v1::IssueResponse>("access_token { token: 'A' }")).Json(),
              Not(HasSubstr("refresh_token")));
}

TEST(DescribeRefreshed, NamesItsMembersForScripts) {
  EXPECT_EQ(DescribeRefreshed(Parse<v1::RefreshResponse>("access_token { token: 'A' token_id: 'I' } "
                                                         "refresh_token { token: 'R' } session_id: 'S'"))
                .Json(),
            R"({"access_token":"A","access_token_expires_at":"1970-01-01T00:00:00Z","access_token_id":"I",)"
            R"("refresh_token":"R","refresh_token_expires_at":"1970-01-01T00:00:00Z","session_id":"S"})");
}

}  // namespace
}  // namespace paseto::service
