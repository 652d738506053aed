// Keys rotate and tokens are revoked while callers keep the server busy: no answer may be wrong.
//
// Every event takes a tick of one counter. A call that began after a revocation had returned must be refused, one that
// ended before the revocation began must be served; in between both are right.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/tests/support/guarded_echo.h"

namespace paseto {
namespace {

using testing::EchoReply;
using testing::EchoRequest;

constexpr int kRounds = 60;
constexpr int kTokensEach = 8;  // of a round, under its key
constexpr int kCallers = 4;
constexpr int kCallsBetweenChanges = 40;

struct Subject {
  std::string name;
  std::string token;
  std::atomic<int64_t> revocation_began{0};
  std::atomic<int64_t> revocation_done{0};
};

// An issuer whose access key changes all the time: one active key, the one before it retired, older ones revoked.
class TrustUnderLoadTest : public ::testing::TestWithParam<EchoApi> {
 protected:
  TrustUnderLoadTest() : subjects_(kRounds * kTokensEach) { Rotate(0); }
  ~TrustUnderLoadTest() override { StopCallers(); }

  GuardedEcho::Options OptionsHere() {
    GuardedEcho::Options options;
    options.api = GetParam();
    options.change_guard = [this](interceptor::GuardOptions& guard) {
      guard.trust = interceptor::TrustFromBoard(board_);
      guard.cache.max_entries = kTokensEach * 2;  // so that tokens are verified again and again
    };
    return options;
  }

  // Makes the key of `round` and its tokens, and revokes the key of two rounds before.
  void Rotate(int round) {
    keys_.push_back(Key(V4SecretKey::Generate(), {KeyUse::kAccess, KeyState::kActive, {}}));
    std::vector<Key> set;
    for (int i = 0; i <= round; ++i) {
      const KeyState state = i == round ? KeyState::kActive : i + 1 == round ? KeyState::kRetired : KeyState::kRevoked;
      set.push_back(keys_[i].With({KeyUse::kAccess, state, {}}));
    }
    const std::shared_ptr<const KeySet> keys = KeySet::Create(std::move(set)).value();
    BeginRevocation(round - 2);
    board_->SetKeys(keys);
    EndRevocation(round - 2);
    for (int i = 0; i < kTokensEach; ++i) Issue(*keys, subjects_[round * kTokensEach + i], round, i);
    issued_ = (round + 1) * kTokensEach;
  }

  void Issue(const KeySet& keys, Subject& subject, int round, int i) {
    subject.name = absl::StrCat("subject-", round, "-", i);
    TokenSpec spec;
    spec.claims.issuer = TokenMint::kIssuer;
    spec.claims.subject = subject.name;
    spec.claims.audiences = {TokenMint::kAudience};
    spec.claims.expires_at = FakeClock().Now() + absl::Minutes(10);
    spec.claims.token_id = TokenId(subject.name);
    spec.claims.type = std::string(kAccessType);
    spec.claims.revision = 1;
    subject.token = SignToken(keys, spec).value();
  }

  void BeginRevocation(int round) {
    for (int i = 0; round >= 0 && i < kTokensEach; ++i) Begin(subjects_[round * kTokensEach + i]);
  }
  void EndRevocation(int round) {
    for (int i = 0; round >= 0 && i < kTokensEach; ++i) End(subjects_[round * kTokensEach + i]);
  }
  // The first revocation of a token counts.
  void Begin(Subject& subject) {
    if (subject.revocation_began == 0) subject.revocation_began = ++tick_;
  }
  void End(Subject& subject) {
    if (subject.revocation_done == 0) subject.revocation_done = ++tick_;
  }

  void RevokeSubject(Subject& subject) {
    Begin(subject);
    const absl::Time now = FakeClock().Now();
    const Revocation record = {RevocationKind::kSubject, subject.name, ++revision_, now, now + absl::Hours(1)};
    board_->AddRevocations({&record, 1});
    End(subject);
  }

  void StartCallers(GuardedEcho& echo) {
    for (int i = 0; i < kCallers; ++i) {
      callers_.emplace_back([this, i, channel = echo.NewChannel()] { CallUntilStopped(channel, i); });
    }
  }
  void StopCallers() {
    stopping_ = true;
    for (std::thread& caller : callers_) caller.join();
    callers_.clear();
  }
  void AwaitCalls(int64_t count) {
    const int64_t target = served_ + refused_ + count;
    while (served_ + refused_ < target) std::this_thread::yield();
  }

  // Every other call is one of a token of the last two rounds, the others of any.
  void CallUntilStopped(const std::shared_ptr<grpc::Channel>& channel, unsigned seed) {
    const auto stub = testing::Echo::NewStub(channel);
    while (!stopping_) {
      seed = seed * 1664525 + 1013904223;
      const int issued = issued_;
      const int among = seed >> 31 ? std::min(issued, 2 * kTokensEach) : issued;
      Call(*stub, subjects_[issued - 1 - static_cast<int>((seed >> 8) % among)]);
    }
  }

  void Call(testing::Echo::Stub& stub, const Subject& subject) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", absl::StrCat("Bearer ", subject.token));
    EchoReply reply;
    const bool must_be_refused = subject.revocation_done != 0;
    const grpc::Status status = stub.Say(&context, EchoRequest(), &reply);
    const bool must_be_served = subject.revocation_began == 0;
    Judge(subject.name, status, reply.principal(), must_be_refused, must_be_served);
  }

  void Judge(const std::string& name, const grpc::Status& status, const std::string& principal, bool must_be_refused,
             bool must_be_served) {
    if (status.ok()) {
      ++served_;
      EXPECT_FALSE(must_be_refused) << name << " was served after its revocation";
      // Between the gate and the handler's question a revocation may come.
      EXPECT_TRUE(principal == name || (!must_be_served && IsRevocation(principal))) << name << " became " << principal;
    } else {
      ++refused_;
      EXPECT_FALSE(must_be_served) << name << " was refused: " << status.error_message();
      EXPECT_TRUE(IsRevocation(status.error_message())) << status.error_message();
    }
  }
  static bool IsRevocation(const std::string& text) {
    return absl::StartsWith(text, "token_revoked: ") || absl::StartsWith(text, "key_unknown: ");
  }

  std::shared_ptr<interceptor::TrustBoard> board_ = std::make_shared<interceptor::TrustBoard>();
  std::vector<Key> keys_;  // one a round
  std::vector<Subject> subjects_;
  int64_t revision_ = 100;
  std::atomic<int64_t> tick_{0}, served_{0}, refused_{0};
  std::atomic<int> issued_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> callers_;
};

TEST_P(TrustUnderLoadTest, NoAnswerIsWrongWhileKeysRotateAndTokensAreRevoked) {
  GuardedEcho echo(OptionsHere());
  StartCallers(echo);
  for (int round = 1; round < kRounds; ++round) {
    AwaitCalls(kCallsBetweenChanges);
    Rotate(round);
    AwaitCalls(kCallsBetweenChanges);
    RevokeSubject(subjects_[round * kTokensEach]);
  }
  StopCallers();
  EXPECT_GT(served_, 1000);
  EXPECT_GT(refused_, 500);
}

INSTANTIATE_TEST_SUITE_P(EveryApi, TrustUnderLoadTest, ::testing::Values(EchoApi::kSync, EchoApi::kCallback),
                         [](const auto& info) { return info.param == EchoApi::kSync ? "Sync" : "Callback"; });

}  // namespace
}  // namespace paseto
