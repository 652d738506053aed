// paseto.v1.KeyAdmin through a real server and a real stub.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>

#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/running_tokend.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "paseto/v1/key_admin.grpc.pb.h"

namespace paseto::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class KeyAdminTest : public ::testing::Test {
 protected:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (v1::KeyAdmin::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                           Response*),
                                const Request& request, const std::string& client = "admin") {
    grpc::ClientContext context;
    if (!client.empty()) context.AddMetadata("authorization", "Bearer " + tokend_.ClientToken(client));
    Response response;
    v1::KeyAdmin::Stub stub(tokend_.channel());
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> Change(grpc::Status (v1::KeyAdmin::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                             Response*),
                                  const std::string& id, const std::string& client = "admin") {
    Request request;
    request.set_key_id(id);
    return Call(method, request, client);
  }
  v1::ListKeysResponse List() { return Call(&Stub::ListKeys, v1::ListKeysRequest()).value(); }
  // The first key of this use and state; an empty message when there is none.
  v1::ManagedKey Find(v1::KeyUse use, v1::KeyState state, const std::string& kind = "v4.public") {
    const v1::ListKeysResponse listed = List();
    for (const v1::ManagedKey& key : listed.keys()) {
      if (key.use() == use && key.state() == state && key.kind() == kind) return key;
    }
    return {};
  }
  v1::PrepareKeyRequest NewKey(v1::KeyUse use, const std::string& kind = "") {
    v1::PrepareKeyRequest request;
    request.set_use(use);
    request.set_kind(kind);
    return request;
  }

  using Stub = v1::KeyAdmin::Stub;
  RunningTokend tokend_;
};

TEST_F(KeyAdminTest, ListsEveryKeyAndNoSecret) {
  const v1::ListKeysResponse listed = List();
  EXPECT_GT(listed.key_set_version(), 0);
  EXPECT_THAT(listed.DebugString(), Not(HasSubstr("secret.")));
  EXPECT_THAT(listed.DebugString(), Not(HasSubstr("wrap")));
  for (const v1::KeyUse use : {v1::KEY_USE_ACCESS, v1::KEY_USE_CLIENT}) {
    EXPECT_THAT(Find(use, v1::KEY_STATE_ACTIVE).public_key(), StartsWith("k4.public."));
  }
  const v1::ManagedKey refresh = Find(v1::KEY_USE_REFRESH, v1::KEY_STATE_ACTIVE, "v4.local");
  EXPECT_THAT(refresh.key_id(), StartsWith("k4.lid."));
  EXPECT_EQ(refresh.public_key(), "");
  EXPECT_TRUE(refresh.has_secret());
  EXPECT_EQ(refresh.state_since().seconds(), absl::ToUnixSeconds(tokend_.clock().Now()));
}

TEST_F(KeyAdminTest, NeedsManageKeys) {
  const std::string id = Find(v1::KEY_USE_ACCESS, v1::KEY_STATE_ACTIVE).key_id();
  for (const char* client : {"web", "auditor", "verifier"}) {
    EXPECT_THAT(Call(&Stub::ListKeys, v1::ListKeysRequest(), client), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
    EXPECT_THAT(Call(&Stub::PrepareKey, NewKey(v1::KEY_USE_ACCESS), client), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
    EXPECT_THAT(Change(&Stub::ActivateKey, id, client), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
    EXPECT_THAT(Change(&Stub::RetireKey, id, client), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
    EXPECT_THAT(Change(&Stub::RevokeKey, id, client), RefusedFor(v1::REASON_CLIENT_NOT_ALLOWED));
  }
  EXPECT_THAT(Call(&Stub::ListKeys, v1::ListKeysRequest(), ""), RefusedFor(v1::REASON_TOKEN_MISSING));
  EXPECT_THAT(Change(&Stub::RevokeKey, id, "off"), RefusedFor(v1::REASON_CLIENT_DISABLED));
  EXPECT_EQ(Find(v1::KEY_USE_ACCESS, v1::KEY_STATE_ACTIVE).key_id(), id);
}

TEST_F(KeyAdminTest, PreparedKeySignsOnceItIsActivated) {
  const std::string before = Find(v1::KEY_USE_ACCESS, v1::KEY_STATE_ACTIVE).key_id();
  const absl::StatusOr<v1::PrepareKeyResponse> prepared = Call(&Stub::PrepareKey, NewKey(v1::KEY_USE_ACCESS));
  ASSERT_THAT(prepared, IsOk());
  EXPECT_EQ(prepared->key().state(), v1::KEY_STATE_ANNOUNCED);
  EXPECT_EQ(prepared->key().published_version(), List().key_set_version());
  const std::string old_token = tokend_.IssuePair("web").access_token().token();
  const auto active = Change(&Stub::ActivateKey, prepared->key().key_id());
  ASSERT_THAT(active, IsOk());
  EXPECT_EQ(active->key().state(), v1::KEY_STATE_ACTIVE);
  EXPECT_EQ(Find(v1::KEY_USE_ACCESS, v1::KEY_STATE_RETIRED).key_id(), before);
  EXPECT_TRUE(tokend_.Introspect("auditor", old_token)->active());
  EXPECT_TRUE(tokend_.Introspect("auditor", tokend_.IssuePair("web").access_token().token())->active());
}

TEST_F(KeyAdminTest, RetiredKeyIsFollowedAndVerifies) {
  const std::string token = tokend_.IssuePair("web").access_token().token();
  const std::string successor = Find(v1::KEY_USE_ACCESS, v1::KEY_STATE_ANNOUNCED).key_id();
  const auto retired = Change(&Stub::RetireKey, Find(v1::KEY_USE_ACCESS, v1::KEY_STATE_ACTIVE).key_id());
  ASSERT_THAT(retired, IsOk());
  EXPECT_EQ(retired->key().state(), v1::KEY_STATE_RETIRED);
  EXPECT_EQ(Find(v1::KEY_USE_ACCESS, v1::KEY_STATE_ACTIVE).key_id(), successor);
  EXPECT_TRUE(tokend_.Introspect("auditor", token)->active());
}

TEST_F(KeyAdminTest, RevokedKeyIsFollowedAndVerifiesNothing) {
  const std::string token = tokend_.IssuePair("web").access_token().token();
  const std::string id = Find(v1::KEY_USE_ACCESS, v1::KEY_STATE_ACTIVE).key_id();
  for (int i = 0; i < 2; ++i) {
    const auto revoked = Change(&Stub::RevokeKey, id);
    ASSERT_THAT(revoked, IsOk());
    EXPECT_EQ(revoked->key().state(), v1::KEY_STATE_REVOKED);
  }
  EXPECT_FALSE(tokend_.Introspect("auditor", token)->active());
  EXPECT_TRUE(tokend_.Introspect("auditor", tokend_.IssuePair("web").access_token().token())->active());
  EXPECT_THAT(Change(&Stub::ActivateKey, id), RefusedFor(v1::REASON_KEY_NOT_ACTIVE));
  EXPECT_THAT(Change(&Stub::RetireKey, id), RefusedFor(v1::REASON_KEY_NOT_ACTIVE));
}

TEST_F(KeyAdminTest, RevokedRefreshKeyEndsItsRefreshTokens) {
  const v1::IssueResponse pair = tokend_.IssuePair("web");
  const std::string id = Find(v1::KEY_USE_REFRESH, v1::KEY_STATE_ACTIVE, "v4.local").key_id();
  ASSERT_THAT(Change(&Stub::RevokeKey, id), IsOk());
  EXPECT_THAT(tokend_.Refresh("web", pair.refresh_token()), Not(IsOk()));
  EXPECT_THAT(tokend_.Refresh("web", tokend_.IssuePair("web").refresh_token()), IsOk());
}

TEST_F(KeyAdminTest, MalformedRequestsAreRefused) {
  for (const std::string& id : {std::string(), std::string(256, 'x'), std::string("k4.pid.none")}) {
    EXPECT_THAT(Change(&Stub::ActivateKey, id), RefusedFor(v1::REASON_REQUEST_INVALID));
    EXPECT_THAT(Change(&Stub::RetireKey, id), RefusedFor(v1::REASON_REQUEST_INVALID));
    EXPECT_THAT(Change(&Stub::RevokeKey, id), RefusedFor(v1::REASON_REQUEST_INVALID));
  }
  EXPECT_THAT(Change(&Stub::ActivateKey, std::string(65, 'x')).status().message(), HasSubstr("1 to 64 bytes"));
  EXPECT_THAT(Call(&Stub::PrepareKey, NewKey(v1::KEY_USE_UNSPECIFIED)), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(Call(&Stub::PrepareKey, NewKey(v1::KEY_USE_FOREIGN)), RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(Call(&Stub::PrepareKey, NewKey(v1::KEY_USE_REFRESH, "v4.public")),
              RefusedFor(v1::REASON_REQUEST_INVALID));
  EXPECT_THAT(Call(&Stub::PrepareKey, NewKey(v1::KEY_USE_ACCESS, "v2.public")), RefusedFor(v1::REASON_REQUEST_INVALID));
}

}  // namespace
}  // namespace paseto::service
