// Renewal, by the rules: the same holder, fewer scopes, later, not too often, and never past a revocation.
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <thread>

#include "grpc_paseto/tests/interceptor/stream/stream_guard_fixture.h"
#include "grpc_paseto/tests/support/refused_for.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto::interceptor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kMethod[] = "/echo.Echo/Follow";

class StreamGuardRenewalTest : public StreamGuardTest {
 protected:
  static constexpr StreamAddress kAddress = {kMethod, "my-stream"};

  StreamGuard::Stream NamedStreamOf(const std::string& subject) {
    StreamGuard::Stream stream = StreamOf(subject);
    stream.name = "my-stream";
    stream.context = &context_;
    return stream;
  }
  // A newer token of alice's for `life` from now.
  std::shared_ptr<const VerifiedToken> Newer(absl::Duration life,
                                             const std::function<void(Claims&)>& change = nullptr) {
    return TokenOf("alice", life, [&](Claims& claims) {
      claims.token_id = TokenId("newer");
      if (change) change(claims);
    });
  }
  static v1::Reason ReasonFor(const absl::StatusOr<StreamGuard::Description>& result) {
    return result.ok() ? v1::REASON_UNSPECIFIED : ReasonOf(result.status().message());
  }

  const int context_ = 0;
};

TEST_F(StreamGuardRenewalTest, RenewedStreamEndsWithItsNewToken) {
  const StreamGuard::Id id = streams_.Watch(NamedStreamOf("alice"));
  EXPECT_EQ(streams_.RemainingLife(id), absl::Seconds(10));
  Advance(absl::Seconds(9));
  const auto renewed = streams_.Renew(kAddress, Newer(absl::Seconds(60)));
  ASSERT_THAT(renewed, IsOk());
  EXPECT_EQ(renewed->remaining_life, absl::Seconds(60));
  Advance(absl::Seconds(59));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), IsEmpty());
  Advance(absl::Seconds(1));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: the token")));
}

TEST_F(StreamGuardRenewalTest, HandlerSeesTheNewTokenAlsoAfterTheCallHasEnded) {
  const StreamGuard::Id id = streams_.Watch(NamedStreamOf("alice"));
  EXPECT_EQ(streams_.RenewedToken(&context_), nullptr);
  const auto newer = Newer(absl::Seconds(60));
  ASSERT_THAT(streams_.Renew(kAddress, newer), IsOk());
  EXPECT_EQ(streams_.RenewedToken(&context_), newer);
  streams_.Close(id);
  EXPECT_EQ(streams_.RenewedToken(&context_), newer);
  streams_.Forget(id);
  EXPECT_EQ(streams_.RenewedToken(&context_), nullptr);
}

// A context may have the address of one that died and whose stream is not yet forgotten.
TEST_F(StreamGuardRenewalTest, NewStreamAtTheAddressOfAnOldOneHasItsOwnToken) {
  const StreamGuard::Id old = streams_.Watch(NamedStreamOf("alice"));
  ASSERT_THAT(streams_.Renew(kAddress, Newer(absl::Seconds(60))), IsOk());
  const StreamGuard::Id newer = streams_.Watch(NamedStreamOf("bob"));
  EXPECT_EQ(streams_.RenewedToken(&context_), nullptr);
  const auto bobs = TokenOf("bob", absl::Seconds(60), [](Claims& claims) { claims.token_id = TokenId("newer"); });
  ASSERT_THAT(streams_.Renew(kAddress, bobs), IsOk());
  streams_.Forget(old);
  EXPECT_EQ(streams_.RenewedToken(&context_), bobs);
  streams_.Forget(newer);
}

TEST_F(StreamGuardRenewalTest, LongestLifeDoesNotMove) {
  StreamGuard::Stream stream = NamedStreamOf("alice");
  stream.max_lifetime = absl::Seconds(20);
  streams_.Watch(std::move(stream));
  Advance(absl::Seconds(5));
  const auto renewed = streams_.Renew(kAddress, Newer(absl::Seconds(60)));
  ASSERT_THAT(renewed, IsOk());
  EXPECT_EQ(renewed->remaining_life, absl::Seconds(15));
  Advance(absl::Seconds(15));
  streams_.EndWhatIsDue();
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_expired: the stream reached")));
}

TEST_F(StreamGuardRenewalTest, GraceFollowsTheNewToken) {
  StreamGuard::Stream stream = NamedStreamOf("alice");
  stream.grace = absl::Seconds(5);
  streams_.Watch(std::move(stream));
  EXPECT_EQ(streams_.Renew(kAddress, Newer(absl::Seconds(60)))->remaining_life, absl::Seconds(65));
}

TEST_F(StreamGuardRenewalTest, RulesOfRenewal) {
  const auto nothing = [](Claims&) {};
  const struct {
    const char* what;
    absl::Duration life;
    std::function<void(Claims&)> change;
    v1::Reason reason;
  } kCases[] = {
      {"as it was", absl::Seconds(60), nothing, v1::REASON_UNSPECIFIED},
      {"fewer scopes", absl::Seconds(60), [](Claims& c) { c.scopes = {"echo"}; }, v1::REASON_UNSPECIFIED},
      {"no scopes", absl::Seconds(60), [](Claims& c) { c.scopes = {}; }, v1::REASON_UNSPECIFIED},
      {"a scope more", absl::Seconds(60),
       [](Claims& c) {
         c.scopes = {"echo", "x"};
       },
       v1::REASON_RENEWAL_REFUSED},
      {"same expiry", absl::Seconds(10), nothing, v1::REASON_UNSPECIFIED},
      {"earlier expiry", absl::Seconds(9), nothing, v1::REASON_RENEWAL_REFUSED},
      {"other client", absl::Seconds(60), [](Claims& c) { c.client_id = ClientId("b"); }, v1::REASON_RENEWAL_REFUSED},
      {"other binding", absl::Seconds(60), [](Claims& c) { c.certificate_thumbprint_sha256 = std::string(32, 'x'); },
       v1::REASON_RENEWAL_REFUSED},
      {"other subject", absl::Seconds(60), [](Claims& c) { c.subject = "bob"; }, v1::REASON_STREAM_ELSEWHERE},
      {"other issuer", absl::Seconds(60), [](Claims& c) { c.issuer = "other"; }, v1::REASON_STREAM_ELSEWHERE},
      {"other session", absl::Seconds(60), [](Claims& c) { c.session_id = SessionId("2"); },
       v1::REASON_STREAM_ELSEWHERE},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.what);
    StreamGuard::Stream stream = StreamOf("alice");
    stream.name = "my-stream";
    stream.token = TokenOf("alice", absl::Seconds(10), [](Claims& c) {
      c.scopes = {"echo", "more"};
      c.client_id = ClientId("a");
      c.session_id = SessionId("1");
    });
    const StreamGuard::Id id = streams_.Watch(std::move(stream));
    const auto renewed = streams_.Renew(kAddress, Newer(test.life, [&](Claims& c) {
                                          c.client_id = ClientId("a");
                                          c.session_id = SessionId("1");
                                          test.change(c);
                                        }));
    EXPECT_EQ(ReasonFor(renewed), test.reason);
    if (test.reason != v1::REASON_UNSPECIFIED) {
      EXPECT_EQ(streams_.RemainingLife(id), absl::Seconds(10));
    }
    streams_.Forget(id);
  }
}

// Under a foreign key sessions, scopes and clients are not believed, so such a token speaks for less.
TEST_F(StreamGuardRenewalTest, TokenUnderAKeyOfAnotherUseIsRefused) {
  const TokenKind accept[] = {kV4Public};
  const KeyUse uses[] = {KeyUse::kForeign};
  VerifyOptions options;
  options.accept = accept;
  options.uses = uses;
  StreamGuard::Stream stream = NamedStreamOf("alice");
  stream.token = VerifyToken(*mint_.board()->keys().Current(), mint_.MintForeign("alice"), options).value();
  streams_.Watch(std::move(stream));
  const auto renewed = streams_.Renew(kAddress, Newer(absl::Hours(1), [](Claims& c) {
                                        c.session_id = SessionId();
                                        c.scopes = {};
                                      }));
  EXPECT_EQ(ReasonFor(renewed), v1::REASON_RENEWAL_REFUSED);
}

TEST_F(StreamGuardRenewalTest, ScopesOnceGivenUpDoNotComeBack) {
  streams_.Watch(NamedStreamOf("alice"));
  ASSERT_THAT(streams_.Renew(kAddress, Newer(absl::Seconds(60), [](Claims& c) { c.scopes = {}; })), IsOk());
  Advance(absl::Seconds(2));
  const auto back =
      streams_.Renew(kAddress, Newer(absl::Seconds(90), [](Claims& c) { c.token_id = TokenId("third"); }));
  EXPECT_EQ(ReasonFor(back), v1::REASON_RENEWAL_REFUSED);
}

TEST_F(StreamGuardRenewalTest, OneRenewalASecond) {
  streams_.Watch(NamedStreamOf("alice"));
  ASSERT_THAT(streams_.Renew(kAddress, Newer(absl::Seconds(60))), IsOk());
  const auto third = [&] { return Newer(absl::Seconds(70), [](Claims& c) { c.token_id = TokenId("third"); }); };
  Advance(absl::Seconds(1) - absl::Nanoseconds(1));
  EXPECT_EQ(ReasonFor(streams_.Renew(kAddress, third())), v1::REASON_RENEWAL_TOO_SOON);
  Advance(absl::Nanoseconds(1));
  EXPECT_THAT(streams_.Renew(kAddress, third()), IsOk());
}

TEST_F(StreamGuardRenewalTest, SameTokenAgainChangesNothingAndIsNoError) {
  streams_.Watch(NamedStreamOf("alice"));
  const auto newer = Newer(absl::Seconds(60));
  ASSERT_THAT(streams_.Renew(kAddress, newer), IsOk());
  const auto again = streams_.Renew(kAddress, newer);  // at once: a retry after a lost response
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->remaining_life, absl::Seconds(60));
}

TEST_F(StreamGuardRenewalTest, NoStreamOfThatNameOrMethodIsElsewhere) {
  const StreamGuard::Id id = streams_.Watch(NamedStreamOf("alice"));
  EXPECT_EQ(ReasonFor(streams_.Renew({kMethod, "another"}, Newer(absl::Seconds(60)))), v1::REASON_STREAM_ELSEWHERE);
  EXPECT_EQ(ReasonFor(streams_.Renew({"/a.B/C", "my-stream"}, Newer(absl::Seconds(60)))), v1::REASON_STREAM_ELSEWHERE);
  streams_.Close(id);
  EXPECT_EQ(ReasonFor(streams_.Renew(kAddress, Newer(absl::Seconds(60)))), v1::REASON_STREAM_ELSEWHERE);
  EXPECT_EQ(ReasonFor(streams_.Describe(kAddress, *Newer(absl::Seconds(60)))), v1::REASON_STREAM_ELSEWHERE);
}

TEST_F(StreamGuardRenewalTest, NewestStreamHasTheNameAndTheOlderOnesEndTakesItNotAway) {
  const StreamGuard::Id older = streams_.Watch(NamedStreamOf("alice"));
  const StreamGuard::Id newer = streams_.Watch(NamedStreamOf("alice"));
  streams_.Forget(older);
  ASSERT_THAT(streams_.Renew(kAddress, Newer(absl::Seconds(60))), IsOk());
  EXPECT_EQ(streams_.RemainingLife(newer), absl::Seconds(60));
}

TEST_F(StreamGuardRenewalTest, TwoSubjectsMayChooseTheSameName) {
  const StreamGuard::Id alice = streams_.Watch(NamedStreamOf("alice"));
  const StreamGuard::Id bob = streams_.Watch(NamedStreamOf("bob"));
  ASSERT_THAT(streams_.Renew(kAddress, Newer(absl::Seconds(60))), IsOk());
  EXPECT_EQ(streams_.RemainingLife(alice), absl::Seconds(60));
  EXPECT_EQ(streams_.RemainingLife(bob), absl::Seconds(10));
}

TEST_F(StreamGuardRenewalTest, ClientsWithoutASubjectMayChooseTheSameName) {
  const auto token_of = [this](const char* client, absl::Duration life) {
    return TokenOf("", life, [client](Claims& c) {
      c.token_id = TokenId(std::string("token-of-") + client);
      c.session_id = SessionId();
      c.client_id = ClientId(client);
    });
  };
  for (const char* client : {"a", "b"}) {
    StreamGuard::Stream stream = NamedStreamOf("alice");
    stream.token = token_of(client, absl::Seconds(10));
    streams_.Watch(std::move(stream));
  }
  EXPECT_THAT(streams_.Renew(kAddress, token_of("a", absl::Seconds(60))), IsOk());
  EXPECT_EQ(streams_.Describe(kAddress, *token_of("b", absl::Seconds(60)))->remaining_life, absl::Seconds(10));
  EXPECT_EQ(ReasonFor(streams_.Describe(kAddress, *token_of("c", absl::Seconds(60)))), v1::REASON_STREAM_ELSEWHERE);
}

TEST_F(StreamGuardRenewalTest, DescribeTellsTheTokenThatTheStreamIsUnder) {
  streams_.Watch(NamedStreamOf("alice"));
  const auto newer = Newer(absl::Seconds(60));
  ASSERT_THAT(streams_.Renew(kAddress, newer), IsOk());
  Advance(absl::Seconds(20));
  const auto description = streams_.Describe(kAddress, *newer);
  ASSERT_THAT(description, IsOk());
  EXPECT_EQ(description->token, newer);
  EXPECT_EQ(description->remaining_life, absl::Seconds(40));
}

TEST_F(StreamGuardRenewalTest, RevocationOfTheOldTokenSparesTheRenewedStream) {
  streams_.Watch(NamedStreamOf("alice"));
  ASSERT_THAT(streams_.Renew(kAddress, Newer(absl::Seconds(60))), IsOk());
  mint_.RevokeToken("token-of-alice");
  streams_.EndWhatIsRevoked();
  EXPECT_THAT(call_->ends(), IsEmpty());
}

TEST_F(StreamGuardRenewalTest, RevokedNewTokenEndsTheStream) {
  streams_.Watch(NamedStreamOf("alice"));
  const auto newer = Newer(absl::Seconds(60));
  mint_.RevokeToken("newer");  // after the gate has judged it
  EXPECT_EQ(ReasonFor(streams_.Renew(kAddress, newer)), v1::REASON_STREAM_REVOKED);
  EXPECT_THAT(call_->ends(), ElementsAre(StartsWith("stream_revoked: ")));
}

TEST_F(StreamGuardRenewalTest, StepOfTheWallClockBeforeARenewalMovesNoDeadline) {
  const StreamGuard::Id id = streams_.Watch(NamedStreamOf("alice"));
  const auto newer = Newer(absl::Seconds(60));
  clock_.Advance(-absl::Hours(1));
  EXPECT_EQ(streams_.RemainingLife(id), absl::Seconds(10));
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(streams_.Renew(kAddress, newer), IsOk());
  clock_.Advance(absl::Hours(5));
  EXPECT_EQ(streams_.RemainingLife(id), absl::Seconds(60));
}

TEST_F(StreamGuardRenewalTest, WarnsOnceBeforeTheEndAndAgainAfterARenewal) {
  streams_.Watch(NamedStreamOf("alice"));
  int warnings = 0;
  auto slot = std::make_shared<ListenerSlot>();
  slot->Set([&warnings] { ++warnings; });
  ASSERT_THAT(streams_.Warn(&context_, absl::Seconds(3), slot), IsOk());
  Advance(absl::Seconds(7) - absl::Nanoseconds(1));
  streams_.EndWhatIsDue();
  EXPECT_EQ(warnings, 0);
  Advance(absl::Nanoseconds(1));
  streams_.EndWhatIsDue();
  streams_.EndWhatIsDue();
  EXPECT_EQ(warnings, 1);
  ASSERT_THAT(streams_.Renew(kAddress, Newer(absl::Seconds(60))), IsOk());
  Advance(absl::Seconds(56));
  streams_.EndWhatIsDue();
  EXPECT_EQ(warnings, 1);
  Advance(absl::Seconds(1));
  streams_.EndWhatIsDue();
  EXPECT_EQ(warnings, 2);
  EXPECT_THAT(call_->ends(), IsEmpty());
}

TEST_F(StreamGuardRenewalTest, NoWarningForAStreamThatIsOver) {
  const StreamGuard::Id id = streams_.Watch(NamedStreamOf("alice"));
  int warnings = 0;
  auto slot = std::make_shared<ListenerSlot>();
  slot->Set([&warnings] { ++warnings; });
  ASSERT_THAT(streams_.Warn(&context_, absl::Seconds(3), slot), IsOk());
  streams_.Close(id);
  EXPECT_EQ(streams_.Warn(&context_, absl::Seconds(3), slot).code(), absl::StatusCode::kNotFound);
  Advance(absl::Seconds(60));
  streams_.EndWhatIsDue();
  EXPECT_EQ(warnings, 0);
}

TEST_F(StreamGuardRenewalTest, CountOnlyReportsOnceAndEndsNothing) {
  StreamGuard counting({{&mint_.board()->keys(), &mint_.board()->revocations()},
                        clock_,
                        boot_clock_,
                        &observer_,
                        StreamMode::kCountOnly});
  counting.Watch(NamedStreamOf("alice"));
  counting.Watch(NamedStreamOf("bob"));
  mint_.RevokeSubject("alice");
  counting.EndWhatIsRevoked();
  Advance(absl::Seconds(60));
  counting.EndWhatIsDue();
  counting.EndWhatIsRevoked();
  EXPECT_THAT(call_->ends(), IsEmpty());
  EXPECT_THAT(observer_.ended, IsEmpty());
  EXPECT_THAT(observer_.would_end, ElementsAre(std::pair(std::string(kMethod), v1::REASON_STREAM_REVOKED),
                                               std::pair(std::string(kMethod), v1::REASON_STREAM_EXPIRED)));
}

// A call whose end is another stream's moment: in the middle of a sweep.
class ActingCall final : public LiveCall {
 public:
  explicit ActingCall(std::function<void()> act) : act_(std::move(act)) {}
  void End(const absl::Status&) override { act_(); }

 private:
  const std::function<void()> act_;
};

// Two streams of revoked tokens; the end of the one that the sweep meets first renews the other.
TEST_F(StreamGuardRenewalTest, SweepSparesAStreamThatWasRenewedWhileItRan) {
  int ended = 0;
  const auto watch = [&](const std::string& name, const std::string& other) {
    StreamGuard::Stream stream = StreamOf("alice");
    stream.name = name;
    stream.token = TokenOf("alice", absl::Seconds(10), [&](Claims& c) { c.token_id = TokenId("old-" + name); });
    stream.call = std::make_unique<ActingCall>([this, &ended, other] {
      ++ended;
      EXPECT_THAT(streams_.Renew({kMethod, other}, Newer(absl::Seconds(60))), IsOk());
    });
    streams_.Watch(std::move(stream));
  };
  watch("a", "b");
  watch("b", "a");
  mint_.RevokeToken("old-a");
  mint_.RevokeToken("old-b");
  streams_.EndWhatIsRevoked();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(streams_.live(), 1u);
}

// The end of the one that the sweep meets first closes the other: its client left.
TEST_F(StreamGuardRenewalTest, SweepSparesAStreamThatWasClosedWhileItRan) {
  std::array<StreamGuard::Id, 2> ids = {};
  int ended = 0;
  for (const int other : {1, 0}) {
    StreamGuard::Stream stream = StreamOf("alice");
    stream.call = std::make_unique<ActingCall>([this, &ids, &ended, other] {
      ++ended;
      streams_.Close(ids[other]);
    });
    ids[1 - other] = streams_.Watch(std::move(stream));
  }
  mint_.RevokeSubject("alice");
  streams_.EndWhatIsRevoked();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(streams_.live(), 0u);
}

// The sweep copies the tokens, then looks at them; a stream that is renewed in between has another one. Whatever the
// order: a stream under a good token lives, a stream under a revoked one ends.
TEST_F(StreamGuardRenewalTest, RevocationAndRenewalAtOnceLeaveNoStreamUnderARevokedToken) {
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    const auto call = std::make_shared<FakeCall>();
    const std::string old_id = "old" + std::to_string(round), new_id = "new" + std::to_string(round);
    StreamGuard::Stream stream = NamedStreamOf("alice");
    stream.call = Share(call);
    stream.token = TokenOf("alice", absl::Seconds(10), [&](Claims& c) { c.token_id = TokenId(old_id); });
    const auto newer = TokenOf("alice", absl::Seconds(60), [&](Claims& c) { c.token_id = TokenId(new_id); });
    const StreamGuard::Id id = streams_.Watch(std::move(stream));
    const bool kill_new = round % 2 == 0;
    std::thread revoker([&] {
      mint_.RevokeToken(kill_new ? new_id : old_id);
      streams_.EndWhatIsRevoked();
    });
    const bool renewed = streams_.Renew(kAddress, newer).ok();
    revoker.join();
    if (kill_new) {
      EXPECT_EQ(call->ends().size(), 1u) << "the stream lives under a revoked token";
    } else {
      EXPECT_EQ(call->ends().empty(), renewed) << "a renewed stream ended for the token it no longer has";
    }
    streams_.Forget(id);
  }
}

TEST_F(StreamGuardRenewalTest, StreamsThatEndDuringASweepAreLeftAlone) {
  constexpr int kStreams = 200;
  std::vector<StreamGuard::Id> ids;
  for (int i = 0; i < kStreams; ++i) ids.push_back(streams_.Watch(StreamOf("alice")));
  mint_.RevokeSubject("alice");
  std::thread sweeper([this] { streams_.EndWhatIsRevoked(); });
  for (const StreamGuard::Id id : ids) streams_.Forget(id);
  sweeper.join();
  EXPECT_EQ(streams_.live(), 0u);
  EXPECT_LE(call_->ends().size(), static_cast<size_t>(kStreams));
}

}  // namespace
}  // namespace paseto::interceptor
