#include "grpc_paseto/interceptor/trust/feed_trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/match.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/core/token/boot_clock.h"
#include "grpc_paseto/interceptor/client/token_keeper.h"
#include "grpc_paseto/tests/interceptor/client/scripted_refresher.h"
#include "grpc_paseto/tests/interceptor/trust/scripted_feed.h"
#include "grpc_paseto/tests/interceptor/trust/trust_test_support.h"
#include "grpc_paseto/tests/support/change_waiter.h"
#include "grpc_paseto/tests/support/fake_clock.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::interceptor {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kLong = absl::Minutes(1);
constexpr char kToken[] = "v4.public.c2VjcmV0LXRva2VuLXRleHQ";

class FeedTrustTest : public ::testing::Test {
 protected:
  FeedTrustOptions Options(std::vector<std::string> addresses) {
    FeedTrustOptions options;
    options.addresses = std::move(addresses);
    options.issuer = kIssuer;
    options.token_file = folder_.File("feed.token");
    options.max_backoff = absl::Milliseconds(20);
    options.clock = &clock_;
    options.on_problem = [this](const absl::Status& problem) {
      {
        absl::MutexLock lock(&mutex_);
        problems_.push_back(problem);
      }
      waiter_.Notify();
    };
    return options;
  }
  std::unique_ptr<TrustSource> Follow(FeedTrustOptions options) {
    auto source = TrustFromFeed(std::move(options));
    EXPECT_THAT(source, IsOk());
    (*source)->OnChange([this] { waiter_.Notify(); });
    return *std::move(source);
  }
  bool HadProblem(absl::StatusCode code, const std::string& text) {
    absl::MutexLock lock(&mutex_);
    for (const absl::Status& problem : problems_) {
      if (problem.code() == code && absl::StrContains(problem.message(), text)) return true;
    }
    return false;
  }
  std::vector<absl::Status> problems() {
    absl::MutexLock lock(&mutex_);
    return problems_;
  }
  bool AwaitRevoked(const TrustSource& source, int64_t number) {
    return waiter_.Await([&] { return source.revocations().IsRevoked(TokenClaims(number)); });
  }
  // Sends keys, a snapshot of records 1 and 2 and a heartbeat.
  void SendAll(ScriptedFeed::Stream& stream) {
    stream.Write(KeysOfFeed({key_}));
    stream.Write(PartOf(PositionOf(1, 2), {1, 2}, true));
    stream.Write(HeartbeatOf(PositionOf(1, 2)));
  }

  TemporaryFolder folder_;
  const std::string token_file_ = folder_.Write("feed.token", std::string(kToken) + "\n");
  FakeClock clock_{TestNow()};
  ChangeWaiter waiter_;
  const Key key_ = SecretKeyFor(KeyUse::kAccess);

 private:
  absl::Mutex mutex_;
  std::vector<absl::Status> problems_;
};

TEST_F(FeedTrustTest, EveryWrongOptionIsNamedAtOnce) {
  FeedTrustOptions options;
  options.max_backoff = absl::ZeroDuration();
  options.patience = absl::ZeroDuration();
  options.key_file = folder_.File("absent.json");
  EXPECT_THAT(TrustFromFeed(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("addresses"), HasSubstr("issuer"), HasSubstr("token_file"),
                             HasSubstr("max_backoff"), HasSubstr("patience"), HasSubstr("absent.json"))));
}

TEST_F(FeedTrustTest, WithoutTlsEveryAddressMustBeLocal) {
  EXPECT_THAT(TrustFromFeed(Options({"127.0.0.1:1", "tokend-2:7443"})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tokend-2:7443")));
  FeedTrustOptions tls = Options({"tokend-2.invalid:7443"});
  tls.channel = grpc::SslCredentials({});
  EXPECT_THAT(TrustFromFeed(tls), IsOk());
}

TEST_F(FeedTrustTest, SendsTokenAndResumesWhereItStopped) {
  absl::Mutex mutex;
  std::vector<std::string> tokens;
  std::vector<v1::FeedPosition> positions;
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    {
      absl::MutexLock lock(&mutex);
      const auto& metadata = call.context.client_metadata();
      const auto token = metadata.find("authorization");
      EXPECT_EQ(metadata.count("authorization"), 1u);
      tokens.emplace_back(token->second.data(), token->second.size());
      positions.push_back(call.first.position());
    }
    if (call.number == 1) {
      SendAll(call.stream);
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "moving");
    }
    call.stream.Write(KeysOfFeed({key_}));
    call.stream.Write(ChangesOf(PositionOf(1, 3), {3}));
    return call.Hold();
  });
  const auto source = Follow(Options({server.address()}));
  EXPECT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_TRUE(AwaitRevoked(*source, 3));
  EXPECT_TRUE(source->revocations().IsRevoked(TokenClaims(1)));
  EXPECT_NE(source->keys().Current()->Find(key_.id()), nullptr);
  absl::MutexLock lock(&mutex);
  ASSERT_EQ(positions.size(), 2u);
  EXPECT_EQ(tokens[0], std::string("Bearer ") + kToken);
  EXPECT_EQ(positions[0].epoch(), 0);
  EXPECT_EQ(positions[1].epoch(), 1);
  EXPECT_EQ(positions[1].revision(), 2);
}

TEST_F(FeedTrustTest, PlaintextNeverGoesThroughAProxy) {
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    return call.Hold();
  });
  ScriptedFeed proxy([](ScriptedFeed::Call&) { return grpc::Status::OK; });
  setenv("grpc_proxy", absl::StrCat("http://", proxy.address()).c_str(), 1);
  const auto source = Follow(Options({server.address()}));
  EXPECT_TRUE(source->WaitForFirstTrust(kLong));
  unsetenv("grpc_proxy");
  EXPECT_TRUE(problems().empty());
}

TEST_F(FeedTrustTest, AcknowledgesWhatItHasApplied) {
  absl::Notification acknowledged;
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    v1::WatchRequest request;
    while (request.position().revision() != 2 && call.stream.Read(&request)) continue;
    EXPECT_EQ(request.position().epoch(), 1);
    call.stream.Write(ChangesOf(PositionOf(1, 3), {3}));
    while (request.position().revision() != 3 && call.stream.Read(&request)) continue;
    EXPECT_EQ(request.position().revision(), 3);
    acknowledged.Notify();
    return call.Hold();
  });
  const auto source = Follow(Options({server.address()}));
  EXPECT_TRUE(acknowledged.WaitForNotificationWithTimeout(kLong));
}

TEST_F(FeedTrustTest, WaitsForATokenFileThatComesLater) {
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    return call.Hold();
  });
  FeedTrustOptions options = Options({server.address()});
  options.token_file = folder_.File("later.token");
  const auto source = Follow(std::move(options));
  EXPECT_TRUE(waiter_.Await([&] { return HadProblem(absl::StatusCode::kNotFound, "later.token"); }));
  EXPECT_EQ(source->Age(), absl::InfiniteDuration());
  folder_.Write("later.token", "two tokens\n");
  EXPECT_TRUE(waiter_.Await([&] { return HadProblem(absl::StatusCode::kInvalidArgument, "one token"); }));
  EXPECT_EQ(server.calls(), 0);
  folder_.Write("later.token", kToken);
  EXPECT_TRUE(source->WaitForFirstTrust(kLong));
}

TEST_F(FeedTrustTest, TokenOfAKeeperIsTakenAnewForEveryConnection) {
  absl::Mutex mutex;
  std::vector<std::string> tokens;
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    {
      absl::MutexLock lock(&mutex);
      const auto token = call.context.client_metadata().find("authorization");
      tokens.emplace_back(token->second.data(), token->second.size());
    }
    if (call.number == 1) {
      clock_.Advance(absl::Hours(1));  // the first token has expired
      return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "token_expired: get another");
    }
    SendAll(call.stream);
    return call.Hold();
  });
  const auto refresher = std::make_shared<client::ScriptedRefresher>();
  client::TokenKeeperOptions keeping;
  keeping.refresher = refresher;
  keeping.clock = &clock_;
  const auto keeper =
      client::TokenKeeper::Make({"v4.public.first", clock_.Now() + absl::Hours(1), "refresh"}, std::move(keeping));
  FeedTrustOptions options = Options({server.address()});
  options.token_file = "";
  options.client_token = [keeper]() -> absl::StatusOr<std::string> {
    const auto token = keeper->WaitForToken();
    if (!token.ok()) return token.status();
    return token->text;
  };
  const auto source = Follow(std::move(options));
  refresher->Answer(client::TokenPair{"v4.public.second", clock_.Now() + absl::Hours(3), "refresh"});
  EXPECT_TRUE(source->WaitForFirstTrust(kLong));
  absl::MutexLock lock(&mutex);
  EXPECT_THAT(tokens, ElementsAre("Bearer v4.public.first", "Bearer v4.public.second"));
}

TEST_F(FeedTrustTest, ClientTokenThatIsNotGivenIsReportedAndAskedForAgain) {
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    return call.Hold();
  });
  FeedTrustOptions options = Options({server.address()});
  options.client_token = [] { return kToken; };
  EXPECT_THAT(TrustFromFeed(options), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("give one of them")));
  options.token_file = "";
  int asked = 0;  // on the source's thread
  options.client_token = [&asked]() -> absl::StatusOr<std::string> {
    if (++asked == 1) return absl::UnavailableError("no access token");
    if (asked == 2) return "c2VjcmV0 two tokens";
    return kToken;
  };
  const auto source = Follow(std::move(options));
  EXPECT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_TRUE(HadProblem(absl::StatusCode::kUnavailable, "client_token: no access token"));
  EXPECT_TRUE(HadProblem(absl::StatusCode::kInvalidArgument, "client_token did not give one token"));
  for (const absl::Status& problem : problems()) EXPECT_THAT(problem.ToString(), Not(HasSubstr("c2VjcmV0")));
}

TEST_F(FeedTrustTest, FailsOverToTheNextAddress) {
  ScriptedFeed dead([](ScriptedFeed::Call&) { return grpc::Status::OK; });
  dead.Stop();
  ScriptedFeed live([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    return call.Hold();
  });
  const auto source = Follow(Options({dead.address(), live.address()}));
  EXPECT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_TRUE(HadProblem(absl::StatusCode::kUnavailable, dead.address()));
}

TEST_F(FeedTrustTest, CutSnapshotChangesNothing) {
  absl::Notification second;
  absl::Notification go_on;
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    call.stream.Write(KeysOfFeed({key_}));
    if (call.number == 1) {
      call.stream.Write(PartOf(PositionOf(1, 9), {1}, false));
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "cut");
    }
    EXPECT_EQ(call.first.position().epoch(), 0);
    second.Notify();
    go_on.WaitForNotification();
    call.stream.Write(PartOf(PositionOf(1, 9), {2}, true));
    call.stream.Write(HeartbeatOf(PositionOf(1, 9)));
    return call.Hold();
  });
  const auto source = Follow(Options({server.address()}));
  EXPECT_TRUE(second.WaitForNotificationWithTimeout(kLong));
  EXPECT_EQ(source->revocations().size(), 0u);
  EXPECT_FALSE(source->WaitForFirstTrust(absl::ZeroDuration()));
  go_on.Notify();
  EXPECT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_TRUE(source->revocations().IsRevoked(TokenClaims(2)));
  EXPECT_FALSE(source->revocations().IsRevoked(TokenClaims(1)));
}

TEST_F(FeedTrustTest, NewEpochReplacesEverything) {
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    if (call.number == 1) {
      SendAll(call.stream);
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "restored");
    }
    EXPECT_EQ(call.first.position().epoch(), 1);
    call.stream.Write(KeysOfFeed({key_}));
    call.stream.Write(PartOf(PositionOf(2, 1), {3}, true));
    call.stream.Write(HeartbeatOf(PositionOf(2, 1)));
    return call.Hold();
  });
  const auto source = Follow(Options({server.address()}));
  EXPECT_TRUE(AwaitRevoked(*source, 3));
  EXPECT_FALSE(source->revocations().IsRevoked(TokenClaims(1)));
}

TEST_F(FeedTrustTest, GapAndUnknownKindAreMendedByASnapshot) {
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    if (call.number == 1) {
      SendAll(call.stream);
      call.stream.Write(ChangesOf(PositionOf(1, 4), {4}));
    } else if (call.number == 2) {
      EXPECT_EQ(call.first.position().epoch(), 0);
      SendAll(call.stream);
      v1::WatchResponse unknown = ChangesOf(PositionOf(1, 3), {3});
      unknown.mutable_changes()->mutable_revocations(0)->set_kind(static_cast<v1::RevocationKind>(99));
      call.stream.Write(unknown);
    } else {
      EXPECT_EQ(call.first.position().epoch(), 0);
      call.stream.Write(KeysOfFeed({key_}));
      call.stream.Write(PartOf(PositionOf(1, 5), {1, 2, 5}, true));
      call.stream.Write(HeartbeatOf(PositionOf(1, 5)));
    }
    return call.Hold();
  });
  const auto source = Follow(Options({server.address()}));
  EXPECT_TRUE(AwaitRevoked(*source, 5));
  EXPECT_FALSE(source->revocations().IsRevoked(TokenClaims(4)));
  EXPECT_TRUE(HadProblem(absl::StatusCode::kOutOfRange, ""));
  EXPECT_TRUE(HadProblem(absl::StatusCode::kInvalidArgument, "kind"));
}

TEST_F(FeedTrustTest, FeedOfAnotherIssuerIsRefused) {
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    call.stream.Write(KeysOfFeed({key_}, "https://id.other"));
    call.stream.Write(PartOf(PositionOf(1, 2), {1}, true));
    return call.Hold();
  });
  const auto source = Follow(Options({server.address()}));
  EXPECT_TRUE(waiter_.Await([&] { return HadProblem(absl::StatusCode::kFailedPrecondition, "another issuer"); }));
  EXPECT_TRUE(source->keys().Current()->keys().empty());
  EXPECT_EQ(source->revocations().size(), 0u);
  EXPECT_EQ(source->Age(), absl::InfiniteDuration());
}

TEST_F(FeedTrustTest, SilentServerIsLeftForTheNext) {
  ScriptedFeed silent([](ScriptedFeed::Call& call) { return call.Hold(); });
  ScriptedFeed live([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    return call.Hold();
  });
  FeedTrustOptions options = Options({silent.address(), live.address()});
  options.patience = absl::Milliseconds(200);
  const auto source = Follow(std::move(options));
  EXPECT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_TRUE(HadProblem(absl::StatusCode::kDeadlineExceeded, silent.address()));
}

TEST_F(FeedTrustTest, ServerThatIsCutOffFromItsStoreIsLeftForTheNext) {
  ScriptedFeed cut_off([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    while (call.stream.Write(HeartbeatOf(PositionOf(1, 2)))) continue;
    return grpc::Status::OK;
  });
  ScriptedFeed live([&](ScriptedFeed::Call& call) {
    call.stream.Write(KeysOfFeed({key_}));
    call.stream.Write(ChangesOf(PositionOf(1, 3), {3}));
    return call.Hold();
  });
  FeedTrustOptions options = Options({cut_off.address(), live.address()});
  options.patience = absl::Milliseconds(200);
  const auto source = Follow(std::move(options));
  EXPECT_TRUE(AwaitRevoked(*source, 3));
}

TEST_F(FeedTrustTest, AgeGrowsWhenHeartbeatsSayTheSameInstant) {
  absl::Notification aged;
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    aged.WaitForNotification();
    call.stream.Write(HeartbeatOf(PositionOf(1, 2)));
    call.stream.Write(KeysOfFeed({key_}));  // tells the test that the heartbeat was read
    return call.Hold();
  });
  const auto source = Follow(Options({server.address()}));
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_LT(source->Age(), absl::Seconds(60));
  const uint64_t serial = source->keys().serial();
  clock_.Advance(absl::Seconds(61));
  aged.Notify();
  EXPECT_TRUE(waiter_.Await([&] { return source->keys().serial() != serial; }));
  EXPECT_GE(source->Age(), absl::Seconds(61));
}

TEST_F(FeedTrustTest, PausesGrowBetweenAttempts) {
  ScriptedFeed server([](ScriptedFeed::Call&) { return grpc::Status(grpc::StatusCode::UNAVAILABLE, "no"); });
  FeedTrustOptions options = Options({server.address()});
  options.max_backoff = absl::Seconds(5);
  const absl::Duration start = SystemBootClock().SinceBoot();
  const auto source = Follow(std::move(options));
  EXPECT_TRUE(waiter_.Await([&] { return problems().size() >= 4; }));
  // At least half of 50, 100 and 200 ms lie between four attempts.
  EXPECT_GE(SystemBootClock().SinceBoot() - start, absl::Milliseconds(175));
}

TEST_F(FeedTrustTest, EndsQuicklyWhateverItWaitsFor) {
  absl::Notification watching;
  ScriptedFeed silent([&](ScriptedFeed::Call& call) {
    watching.Notify();
    return call.Hold();
  });
  FeedTrustOptions options = Options({silent.address()});
  options.patience = absl::Hours(1);
  std::unique_ptr<TrustSource> source = Follow(options);
  EXPECT_TRUE(watching.WaitForNotificationWithTimeout(kLong));
  absl::Duration start = SystemBootClock().SinceBoot();
  source.reset();
  EXPECT_LT(SystemBootClock().SinceBoot() - start, kLong);

  silent.Stop();
  options.max_backoff = absl::Hours(1);
  options.on_problem = nullptr;
  source = Follow(options);
  start = SystemBootClock().SinceBoot();
  source.reset();
  EXPECT_LT(SystemBootClock().SinceBoot() - start, kLong);
}

TEST_F(FeedTrustTest, OwnLocalKeysStandBesideTheFeedsKeys) {
  const Key own = LocalKeyFor(KeyUse::kAccess);
  const Key next = LocalKeyFor(KeyUse::kAccess);
  absl::Notification go_on;
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    if (call.number > 2) return call.Hold();
    if (call.number == 1) go_on.WaitForNotification();
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "again");
  });
  FeedTrustOptions options = Options({server.address()});
  options.key_file = folder_.Write("own.json", KeyFileOf({own}));
  const auto source = Follow(options);
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_NE(source->keys().Current()->Find(own.id()), nullptr);
  EXPECT_NE(source->keys().Current()->Find(key_.id()), nullptr);
  folder_.Write("own.json", KeyFileOf({next}));
  go_on.Notify();
  EXPECT_TRUE(waiter_.Await([&] { return source->keys().Current()->Find(next.id()) != nullptr; }));
}

TEST_F(FeedTrustTest, ChangedKeyFileIsReadWhileTheStreamLives) {
  const Key next = LocalKeyFor(KeyUse::kAccess);
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    return call.Hold();
  });
  FeedTrustOptions options = Options({server.address()});
  options.key_file = folder_.Write("own.json", KeyFileOf({LocalKeyFor(KeyUse::kAccess)}));
  options.patience = absl::Hours(1);
  const auto source = Follow(options);
  ASSERT_TRUE(source->WaitForFirstTrust(kLong));
  folder_.Write("own.json", "{");
  EXPECT_TRUE(waiter_.Await([&] { return HadProblem(absl::StatusCode::kInvalidArgument, "own.json"); }));
  folder_.Write("own.json", KeyFileOf({next}));
  EXPECT_TRUE(waiter_.Await([&] { return source->keys().Current()->Find(next.id()) != nullptr; }));
  EXPECT_EQ(server.calls(), 1);
}

TEST_F(FeedTrustTest, JournalServesAStartWithoutAServerAndTheFeedGoesOnFromIt) {
  FeedTrustOptions options = Options({});
  options.journal_file = folder_.File("feed.journal");
  {
    ScriptedFeed server([&](ScriptedFeed::Call& call) {
      SendAll(call.stream);
      return call.Hold();
    });
    options.addresses = {server.address()};
    ASSERT_TRUE(Follow(options)->WaitForFirstTrust(kLong));
  }
  options.addresses = {"127.0.0.1:1"};
  {
    const auto cut_off = Follow(options);
    EXPECT_TRUE(cut_off->WaitForFirstTrust(absl::ZeroDuration()));
    EXPECT_TRUE(cut_off->revocations().IsRevoked(TokenClaims(2)));
    EXPECT_NE(cut_off->keys().Current()->Find(key_.id()), nullptr);
    EXPECT_GT(cut_off->Age(), absl::Hours(24 * 365));
    EXPECT_LT(cut_off->Age(), absl::InfiniteDuration());
  }
  absl::Mutex mutex;
  v1::FeedPosition asked;
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    {
      absl::MutexLock lock(&mutex);
      asked = call.first.position();
    }
    call.stream.Write(KeysOfFeed({key_}));
    call.stream.Write(ChangesOf(PositionOf(1, 3), {3}));
    return call.Hold();
  });
  options.addresses = {server.address()};
  const auto source = Follow(options);
  EXPECT_TRUE(AwaitRevoked(*source, 3));
  EXPECT_TRUE(source->revocations().IsRevoked(TokenClaims(1)));
  absl::MutexLock lock(&mutex);
  EXPECT_EQ(asked.revision(), 2);
}

TEST_F(FeedTrustTest, JournalThatCannotBeUsedIsReportedAndTheFeedIsFollowedAllTheSame) {
  ScriptedFeed server([&](ScriptedFeed::Call& call) {
    SendAll(call.stream);
    return call.Hold();
  });
  FeedTrustOptions options = Options({server.address()});
  options.journal_file = folder_.Write("feed.journal", "not a journal");
  const auto source = Follow(options);
  EXPECT_TRUE(source->WaitForFirstTrust(kLong));
  EXPECT_TRUE(HadProblem(absl::StatusCode::kDataLoss, "feed.journal"));
}

TEST_F(FeedTrustTest, OwnKeysMayOnlyBeLocalKeysOfAccessAndForeignTokens) {
  for (const Key& wrong :
       {SecretKeyFor(KeyUse::kAccess), LocalKeyFor(KeyUse::kRefresh), LocalKeyFor(KeyUse::kClient)}) {
    FeedTrustOptions options = Options({"127.0.0.1:1"});
    options.key_file = folder_.Write("own.json", KeyFileOf({wrong}));
    EXPECT_THAT(TrustFromFeed(options), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(wrong.id().text())));
  }
}

TEST_F(FeedTrustTest, ProblemsNameTheServerAndNeverTheToken) {
  ScriptedFeed server([](ScriptedFeed::Call&) {
    return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "client_not_allowed: no\nwatching");
  });
  const auto source = Follow(Options({server.address()}));
  EXPECT_TRUE(waiter_.Await([&] { return !problems().empty(); }));
  EXPECT_THAT(problems()[0], StatusIs(absl::StatusCode::kPermissionDenied,
                                      AllOf(HasSubstr(server.address()), HasSubstr("client_not_allowed: no\\nwatching"),
                                            Not(HasSubstr("c2VjcmV0")))));
}

}  // namespace
}  // namespace paseto::interceptor
