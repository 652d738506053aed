#include "grpc_paseto/interceptor/trust/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/tests/interceptor/trust/trust_test_support.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

google::protobuf::RepeatedPtrField<v1::Revocation> Repeated(const v1::Revocation& wire) {
  google::protobuf::RepeatedPtrField<v1::Revocation> list;
  *list.Add() = wire;
  return list;
}

TEST(WireTest, RecordsOfEveryKindComeBackAsTheyWent) {
  for (const RevocationKind kind : {RevocationKind::kToken, RevocationKind::kSession, RevocationKind::kSubject,
                                    RevocationKind::kClient, RevocationKind::kEverything}) {
    Revocation record = RecordOf(kind, kind == RevocationKind::kEverything ? "" : "some-id", kMaxRevision);
    record.revoked_at += absl::Nanoseconds(123456789);
    const auto back = RevocationsFromWire(Repeated(ToWire(record)));
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(back->at(0).kind, record.kind);
    EXPECT_EQ(back->at(0).id, record.id);
    EXPECT_EQ(back->at(0).revision, record.revision);
    EXPECT_EQ(back->at(0).revoked_at, record.revoked_at);
    EXPECT_EQ(back->at(0).forget_after, record.forget_after);
  }
}

struct Fault {
  const char* name;
  std::function<void(v1::Revocation&)> make;
};

class WireFaultTest : public ::testing::TestWithParam<Fault> {};

TEST_P(WireFaultTest, IsRefused) {
  v1::Revocation wire = ToWire(TokenRecord(7));
  wire.set_id(std::string(255, 'x'));
  ASSERT_THAT(RevocationsFromWire(Repeated(wire)), IsOk());
  GetParam().make(wire);
  EXPECT_THAT(RevocationsFromWire(Repeated(wire)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("revocation 0")));
}

INSTANTIATE_TEST_SUITE_P(
    Records, WireFaultTest,
    ::testing::Values(
        Fault{"UnspecifiedKind", [](auto& wire) { wire.set_kind(v1::REVOCATION_KIND_UNSPECIFIED); }},
        Fault{"UnknownKind", [](auto& wire) { wire.set_kind(static_cast<v1::RevocationKind>(99)); }},
        Fault{"EmptyId", [](auto& wire) { wire.clear_id(); }},
        Fault{"LongId", [](auto& wire) { wire.set_id(std::string(256, 'x')); }},
        Fault{"IdOfEverything", [](auto& wire) { wire.set_kind(v1::REVOCATION_KIND_EVERYTHING); }},
        Fault{"NoRevision", [](auto& wire) { wire.clear_revision(); }},
        Fault{"NegativeRevision", [](auto& wire) { wire.set_revision(-1); }},
        Fault{"RevisionTooHigh", [](auto& wire) { wire.set_revision(kMaxRevision + 1); }},
        Fault{"NoRevokedAt", [](auto& wire) { wire.clear_revoked_at(); }},
        Fault{"RevokedAtOutOfRange", [](auto& wire) { wire.mutable_revoked_at()->set_seconds(253402300800); }},
        Fault{"NoForgetAfter", [](auto& wire) { wire.clear_forget_after(); }},
        Fault{"ForgetAfterOutOfRange", [](auto& wire) { wire.mutable_forget_after()->set_nanos(1'000'000'000); }}),
    [](const auto& info) { return info.param.name; });

TEST(WireTest, InstantsBeyondTheRangeAreBroughtToItsEnds) {
  EXPECT_THAT(TimeFromWire(ToWire(absl::InfiniteFuture())), IsOkAndHolds(absl::FromUnixSeconds(253402300799)));
  EXPECT_THAT(TimeFromWire(ToWire(absl::InfinitePast())), IsOkAndHolds(absl::FromUnixSeconds(-62135596800)));
  const absl::Time before_1970 = absl::FromUnixSeconds(-5) + absl::Nanoseconds(1);
  EXPECT_THAT(TimeFromWire(ToWire(before_1970)), IsOkAndHolds(before_1970));
}

TEST(WireTest, OnlyPublicHalvesOfAccessAndForeignKeysGoOut) {
  const Key access = SecretKeyFor(KeyUse::kAccess);
  const Key foreign = SecretKeyFor(KeyUse::kForeign, KeyState::kRevoked);
  const v1::TrustedKeySet wire = ToWire(
      kIssuer, *KeysOf({access, foreign, SecretKeyFor(KeyUse::kRefresh), SecretKeyFor(KeyUse::kClient),
                        LocalKeyFor(KeyUse::kAccess), LocalKeyFor(KeyUse::kRefresh), LocalKeyFor(KeyUse::kForeign)}));
  EXPECT_EQ(wire.issuer(), kIssuer);
  ASSERT_EQ(wire.keys_size(), 2);
  EXPECT_THAT(wire.DebugString(), AllOf(Not(HasSubstr("k4.secret")), Not(HasSubstr("k4.local"))));
  const auto back = KeysFromWire(wire);
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->at(0).id(), access.id());
  EXPECT_EQ(back->at(0).v4_secret(), nullptr);
  EXPECT_EQ(back->at(0).attributes().use, KeyUse::kAccess);
  EXPECT_EQ(back->at(0).attributes().state, KeyState::kActive);
  EXPECT_EQ(back->at(1).id(), foreign.id());
  EXPECT_EQ(back->at(1).attributes().use, KeyUse::kForeign);
  EXPECT_EQ(back->at(1).attributes().state, KeyState::kRevoked);
}

TEST(WireTest, StatesOfKeysComeBackAsTheyWent) {
  for (const KeyState state : {KeyState::kAnnounced, KeyState::kActive, KeyState::kRetired, KeyState::kRevoked}) {
    const auto back = KeysFromWire(ToWire(kIssuer, *KeysOf({SecretKeyFor(KeyUse::kAccess, state)})));
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(back->at(0).attributes().state, state);
  }
}

TEST(WireTest, KeyTextsThatAreNotPublicAreRefusedWithoutRepeatingThem) {
  const V4LocalKey local = V4LocalKey::Generate();
  const V4SecretKey secret = V4SecretKey::Generate();
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  for (const std::string& text : {std::string(PaserkEncode(local, access).ReadText(access)),
                                  std::string(PaserkEncode(secret, access).ReadText(access)), std::string("k4.public."),
                                  std::string("k3.public.AAAA"), std::string()}) {
    v1::TrustedKeySet wire = ToWire(kIssuer, *KeysOf({SecretKeyFor(KeyUse::kAccess)}));
    wire.mutable_keys(0)->set_paserk(text);
    const auto refused = KeysFromWire(wire);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("k4.public")));
    if (text.size() > 20) {
      EXPECT_THAT(std::string(refused.status().message()), Not(HasSubstr(text.substr(10))));
    }
  }
}

TEST(WireTest, KeysWithAnotherIdOrUnknownStateOrUseAreRefused) {
  const v1::TrustedKeySet good = ToWire(kIssuer, *KeysOf({SecretKeyFor(KeyUse::kAccess)}));
  v1::TrustedKeySet wire = good;
  wire.mutable_keys(0)->set_kid(SecretKeyFor(KeyUse::kAccess).id().text());
  EXPECT_THAT(KeysFromWire(wire), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kid")));
  wire = good;
  wire.mutable_keys(0)->set_state(v1::KEY_STATE_UNSPECIFIED);
  EXPECT_THAT(KeysFromWire(wire), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("state")));
  wire = good;
  wire.mutable_keys(0)->set_use(static_cast<v1::KeyUse>(7));
  EXPECT_THAT(KeysFromWire(wire), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("use")));
}

}  // namespace
}  // namespace paseto::interceptor
