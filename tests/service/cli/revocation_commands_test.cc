#include "grpc_paseto/service/cli/revocation_commands.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;

const auto kInvalid = absl::StatusCode::kInvalidArgument;

absl::StatusOr<v1::RevokeRequest> Request(const RevokeOptions& options) {
  std::istringstream in("from-stdin");
  return MakeRevokeRequest(options, in);
}

TEST(MakeRevokeRequest, CarriesEachTarget) {
  RevokeOptions token;
  token.token.argument = "-";
  token.whole_session = true;
  token.assertion = "bytes";
  const v1::RevokeRequest request = *Request(token);
  EXPECT_EQ(request.token(), "from-stdin");
  EXPECT_TRUE(request.whole_session());
  EXPECT_EQ(request.implicit_assertion(), "bytes");
  RevokeOptions session;
  session.session_id = "S";
  EXPECT_EQ(Request(session)->session_id(), "S");
  RevokeOptions subject;
  subject.subject = "ann";
  EXPECT_EQ(Request(subject)->subject(), "ann");
}

TEST(MakeRevokeRequest, WantsExactlyOneTarget) {
  RevokeOptions options;
  EXPECT_THAT(Request(options), StatusIs(kInvalid, HasSubstr("one way")));
  options.session_id = "S";
  options.subject = "ann";
  EXPECT_THAT(Request(options), StatusIs(kInvalid, HasSubstr("one way")));
  options.subject = "";
  options.token.file = "f";
  EXPECT_THAT(Request(options), StatusIs(kInvalid, HasSubstr("one way")));
}

TEST(MakeRevokeRequest, WantsATokenForWhatConcernsTokens) {
  RevokeOptions options;
  options.subject = "ann";
  options.whole_session = true;
  EXPECT_THAT(Request(options), StatusIs(kInvalid, HasSubstr("--whole-session")));
  options.whole_session = false;
  options.assertion = "x";
  EXPECT_THAT(Request(options), StatusIs(kInvalid, HasSubstr("--assertion")));
}

TEST(DescribeIntrospected, SaysNothingMoreOfAnInactiveToken) {
  EXPECT_EQ(DescribeIntrospected(v1::IntrospectResponse()).Json(), R"({"active":false})");
}

TEST(DescribeIntrospected, NamesItsMembersForScripts) {
  v1::IntrospectResponse response;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "active: true subject: 'ann' type: 'access' client_id: 'web' session_id: 'S' token_id: 'I' scopes: ['a', 'b'] "
      "audiences: 'shop' issuer: 'https://id.shop' expires_at { seconds: 60 } issued_at { seconds: 1 } "
      "authenticated_at { seconds: 2 } fresh: true custom_claims_json: '{\"n\":12345678901234567890}'",
      &response));
  EXPECT_EQ(DescribeIntrospected(response).Json(),
            R"({"active":true,"subject":"ann","type":"access","client_id":"web","session_id":"S","token_id":"I",)"
            R"("scopes":["a","b"],"audiences":["shop"],"issuer":"https://id.shop","expires_at":"1970-01-01T00:01:00Z",)"
            R"("issued_at":"1970-01-01T00:00:01Z","authenticated_at":"1970-01-01T00:00:02Z","fresh":true,)"
            R"("custom_claims":{"n":12345678901234567890}})");
}

}  // namespace
}  // namespace paseto::service
