// Several threads at once on one KeyRing, one RevocationSet and one cache. The number of rounds is bounded; what is
// asserted holds in every interleaving, and a thread sanitizer sees the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/verified_token_cache.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

constexpr int kRounds = 300;

Revocation TokenRecord(absl::string_view id) {
  return {RevocationKind::kToken, std::string(id), 1, TestNow(), TestNow() + absl::Hours(1)};
}

class Threads {
 public:
  ~Threads() {
    for (std::thread& thread : threads_) thread.join();
  }
  template <typename Body>
  void Start(Body body) {
    threads_.emplace_back(std::move(body));
  }

 private:
  std::vector<std::thread> threads_;
};

TEST(ConcurrencyTest, KeysSwapTokensAreRevokedAndEvictedWhileTheyVerify) {
  const Key key = LocalKeyFor(KeyUse::kAccess);
  const auto with_key = KeysOf({key});
  const auto without = KeysOf({LocalKeyFor(KeyUse::kAccess)});
  KeyRing ring(with_key);
  RevocationSet revocations;
  VerifiedTokenCache cache({.max_entries = 8});
  const Trust trust{&ring, &revocations};
  std::vector<std::string> texts;
  for (int i = 0; i < 16; ++i) {
    texts.push_back(RawToken(key, absl::StrCat(R"({"jti":"id)", i, "\"}"), KidFooter(key)));
  }
  std::atomic<int> refused_for_another_reason{0};
  std::atomic<int> wrong_token{0};
  {
    Threads threads;
    for (int worker = 0; worker < 3; ++worker) {
      threads.Start([&, worker] {
        for (int round = 0; round < kRounds * 10; ++round) {
          const int index = (round * 7 + worker) % 16;
          const auto result = cache.Verify(trust, texts[index], AcceptAll());
          if (result.ok()) {
            if (result->token->claims().token_id.text() != absl::StrCat("id", index)) ++wrong_token;
          } else {
            const auto error = GetTokenError(result.status());
            if (error != TokenError::kKeyUnknown && error != TokenError::kRevoked) ++refused_for_another_reason;
          }
          (void)cache.Contains(trust, texts[index], AcceptAll());
        }
      });
    }
    threads.Start([&] {
      for (int round = 0; round < kRounds; ++round) ring.Swap(round % 2 == 0 ? without : with_key);
    });
    threads.Start([&] {
      for (int round = 0; round < kRounds; ++round) {
        if (round % 3 == 0) revocations.Replace({});
        revocations.Add({TokenRecord(absl::StrCat("id", round % 16))});
        (void)revocations.Prune(TestNow());
      }
    });
  }
  EXPECT_EQ(refused_for_another_reason, 0);
  EXPECT_EQ(wrong_token, 0);
  EXPECT_LE(cache.size(), 8);
}

TEST(ConcurrencyTest, AfterARevocationReturnsNoThreadIsServedTheToken) {
  const Key key = LocalKeyFor(KeyUse::kAccess);
  KeyRing ring(KeysOf({key}));
  RevocationSet revocations;
  VerifiedTokenCache cache({});
  const Trust trust{&ring, &revocations};
  constexpr int kTokens = 200;
  std::vector<std::string> texts;
  for (int i = 0; i < kTokens; ++i) {
    texts.push_back(RawToken(key, absl::StrCat(R"({"jti":"id)", i, "\"}"), KidFooter(key)));
  }
  std::atomic<int> revoked{-1};  // the highest index whose revocation has returned
  std::atomic<int> served_too_late{0};
  {
    Threads threads;
    for (int worker = 0; worker < 2; ++worker) {
      threads.Start([&] {
        for (int last = -1; last < kTokens - 1;) {
          last = revoked.load();
          if (last >= 0 && cache.Verify(trust, texts[last], AcceptAll()).ok()) ++served_too_late;
          if (last + 1 < kTokens) (void)cache.Verify(trust, texts[last + 1], AcceptAll());
        }
      });
    }
    threads.Start([&] {
      for (int i = 0; i < kTokens; ++i) {
        revocations.Add({TokenRecord(absl::StrCat("id", i))});
        revoked = i;
      }
    });
  }
  EXPECT_EQ(served_too_late, 0);
}

TEST(ConcurrencyTest, AfterAKeyIsGoneNoThreadIsServedItsTokens) {
  RevocationSet revocations;
  VerifiedTokenCache cache({});
  constexpr int kKeys = 100;
  std::vector<std::string> texts;
  std::vector<std::shared_ptr<const KeySet>> sets;
  for (int i = 0; i < kKeys; ++i) {
    const Key key = LocalKeyFor(KeyUse::kAccess);
    texts.push_back(RawToken(key, "{}", KidFooter(key)));
    sets.push_back(KeysOf({key}));
  }
  KeyRing ring(sets[0]);
  const Trust trust{&ring, &revocations};
  std::atomic<int> gone{-1};
  std::atomic<int> served_too_late{0};
  {
    Threads threads;
    for (int worker = 0; worker < 2; ++worker) {
      threads.Start([&] {
        for (int last = -1; last < kKeys - 2;) {
          last = gone.load();
          if (last >= 0 && cache.Verify(trust, texts[last], AcceptAll()).ok()) ++served_too_late;
          (void)cache.Verify(trust, texts[last + 1], AcceptAll());
        }
      });
    }
    threads.Start([&] {
      for (int i = 1; i < kKeys; ++i) {
        ring.Swap(sets[i]);
        gone = i - 1;
      }
    });
  }
  EXPECT_EQ(served_too_late, 0);
}

TEST(ConcurrencyTest, ReplaceShowsTheOldContentOrTheNew) {
  // Every content revokes the subject or everything; a reader that saw half of one and half of another would see
  // neither.
  RevocationSet revocations;
  const Revocation subject{RevocationKind::kSubject, "alice", 100, TestNow(), TestNow() + absl::Hours(1)};
  const Revocation everything{RevocationKind::kEverything, "", 100, TestNow(), TestNow() + absl::Hours(1)};
  std::vector<Revocation> first = {subject}, second = {everything};
  for (int i = 0; i < 200; ++i) {
    first.push_back(TokenRecord(absl::StrCat("a", i)));
    second.push_back(TokenRecord(absl::StrCat("b", i)));
  }
  revocations.Replace(first);
  Claims claims;
  claims.subject = "alice";
  claims.revision = 1;
  std::atomic<bool> done{false};
  std::atomic<int> seen_neither{0};
  {
    Threads threads;
    for (int worker = 0; worker < 2; ++worker) {
      threads.Start([&] {
        while (!done) {
          if (!revocations.IsRevoked(claims)) ++seen_neither;
        }
      });
    }
    threads.Start([&] {
      for (int round = 0; round < kRounds; ++round) revocations.Replace(round % 2 == 0 ? second : first);
      done = true;
    });
  }
  EXPECT_EQ(seen_neither, 0);
}

TEST(ConcurrencyTest, CachesComeAndGoWhileThreadsLive) {
  const Key key = LocalKeyFor(KeyUse::kAccess);
  KeyRing ring(KeysOf({key}));
  const std::string text = RawToken(key, "{}", KidFooter(key));
  for (int round = 0; round < 20; ++round) {
    VerifiedTokenCache cache({});
    Threads threads;
    for (int worker = 0; worker < 3; ++worker) {
      threads.Start([&] {
        for (int i = 0; i < 20; ++i) EXPECT_THAT(cache.Verify({&ring, nullptr}, text, AcceptAll()), IsOk());
      });
    }
  }
}

}  // namespace
}  // namespace paseto
