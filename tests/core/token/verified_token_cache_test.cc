#include "grpc_paseto/core/token/verified_token_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::Not;

class VerifiedTokenCacheTest : public ::testing::Test {
 protected:
  VerifiedTokenCacheTest() : key_(PublicKeyFor(KeyUse::kAccess)), ring_(KeysOf({key_})) {}

  std::string Token(absl::string_view subject = "alice") const {
    TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
    spec.claims.subject = std::string(subject);
    spec.claims.token_id = TokenId(absl::StrCat("id of ", subject));
    return SignToken(*KeysOf({key_}), spec).value();
  }
  // Whether the token came out of the cache; fails the test when it does not come out at all.
  bool WasCached(absl::string_view text, const VerifyOptions& options = AcceptAll()) {
    const auto result = cache_.Verify(trust_, text, options);
    EXPECT_THAT(result, IsOk());
    return result.ok() && result->was_cached;
  }
  // Verifies a token that is new, and again until the calling thread's front has it.
  void BringToFront(absl::string_view text, const VerifyOptions& options = AcceptAll()) {
    EXPECT_FALSE(WasCached(text, options));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(WasCached(text, options));
  }
  void SetAttributes(KeyAttributes attributes) { ring_.Swap(KeysOf({key_.With(std::move(attributes))})); }
  // Runs `body` on a thread of its own, whose front is empty.
  template <typename Body>
  static void OnAnotherThread(Body body) {
    std::thread(std::move(body)).join();
  }

  const Key key_;
  KeyRing ring_;
  RevocationSet revocations_;
  const Trust trust_{&ring_, &revocations_};
  VerifiedTokenCache cache_{{}};
};

TEST_F(VerifiedTokenCacheTest, VerifiesOnceAndGivesTheSameTokenAgain) {
  const std::string text = Token();
  const auto first = cache_.Verify(trust_, text, AcceptAll());
  const auto second = cache_.Verify(trust_, text, AcceptAll());
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_FALSE(first->was_cached);
  EXPECT_TRUE(second->was_cached);
  EXPECT_EQ(first->token.get(), second->token.get());
  EXPECT_EQ(second->token->claims().subject, "alice");
  EXPECT_EQ(cache_.size(), 1);
}

TEST_F(VerifiedTokenCacheTest, ServesOtherThreads) {
  const std::string text = Token();
  EXPECT_FALSE(WasCached(text));
  OnAnotherThread([&] {
    EXPECT_TRUE(WasCached(text));
    EXPECT_TRUE(WasCached(text));
  });
}

TEST_F(VerifiedTokenCacheTest, ContainsSaysWhetherASignatureWouldBeVerified) {
  const std::string text = Token();
  EXPECT_FALSE(cache_.Contains(trust_, text, AcceptAll()));
  EXPECT_FALSE(WasCached(text));
  EXPECT_TRUE(cache_.Contains(trust_, text, AcceptAll()));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(WasCached(text));
  EXPECT_TRUE(cache_.Contains(trust_, text, AcceptAll()));
  OnAnotherThread([&] { EXPECT_TRUE(cache_.Contains(trust_, text, AcceptAll())); });
  VerifyOptions narrow = AcceptAll();
  narrow.accept = {};
  EXPECT_FALSE(cache_.Contains(trust_, text, narrow));
  ring_.Swap(KeysOf({}));
  EXPECT_FALSE(cache_.Contains(trust_, text, AcceptAll()));
}

TEST_F(VerifiedTokenCacheTest, FailedVerificationsAreNotKept) {
  std::string text = Token();
  text[30] = text[30] == 'A' ? 'B' : 'A';
  for (int i = 0; i < 2; ++i) EXPECT_THAT(cache_.Verify(trust_, text, AcceptAll()), Not(IsOk()));
  EXPECT_EQ(cache_.size(), 0);
}

TEST_F(VerifiedTokenCacheTest, EveryChangedCharacterIsAMissAndRefused) {
  const std::string text = Token();
  BringToFront(text);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(cache_.Contains(trust_, other, AcceptAll())) << i;
    EXPECT_THAT(cache_.Verify(trust_, other, AcceptAll()), Not(IsOk())) << i;
  }
  EXPECT_TRUE(WasCached(text));
}

TEST_F(VerifiedTokenCacheTest, AssertionAndTextDoNotRunIntoEachOther) {
  TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
  spec.implicit_assertion = "tenant";
  const std::string text = SignToken(*ring_.Current(), spec).value();
  VerifyOptions options = AcceptAll();
  options.implicit_assertion = "tenant";
  BringToFront(text, options);
  EXPECT_THAT(cache_.Verify(trust_, text, AcceptAll()), IsRefused(TokenError::kSignatureInvalid));
  options.implicit_assertion = "tenanT";
  EXPECT_THAT(cache_.Verify(trust_, text, options), IsRefused(TokenError::kSignatureInvalid));
  const std::string joined = absl::StrCat(text, "tenant");
  EXPECT_THAT(cache_.Verify(trust_, joined, AcceptAll()), Not(IsOk()));
  options.implicit_assertion = "enant";
  EXPECT_THAT(cache_.Verify(trust_, absl::StrCat(text, "t"), options), Not(IsOk()));
}

TEST_F(VerifiedTokenCacheTest, AWrappedTokenIsAnotherTextThanABareOne) {
  TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
  spec.base64_wrapped = true;
  const std::string wrapped = SignToken(*ring_.Current(), spec).value();
  VerifyOptions options = AcceptAll();
  options.base64_wrapped = true;
  BringToFront(wrapped, options);
  EXPECT_THAT(cache_.Verify(trust_, wrapped, AcceptAll()), IsRefused(TokenError::kMalformed));
}

TEST_F(VerifiedTokenCacheTest, TwoTrustsNeverShareEntries) {
  const std::string text = Token();
  BringToFront(text);
  KeyRing other_ring(KeysOf({}));
  EXPECT_THAT(cache_.Verify({&other_ring, &revocations_}, text, AcceptAll()), IsRefused(TokenError::kKeyUnknown));
  KeyRing same_keys(ring_.Current());
  const auto under_same_keys = cache_.Verify({&same_keys, &revocations_}, text, AcceptAll());
  ASSERT_THAT(under_same_keys, IsOk());
  EXPECT_FALSE(under_same_keys->was_cached);
  RevocationSet other_revocations;
  other_revocations.Add({{RevocationKind::kEverything, "", 1, TestNow(), TestNow()}});
  EXPECT_THAT(cache_.Verify({&ring_, &other_revocations}, text, AcceptAll()), IsRefused(TokenError::kRevoked));
  EXPECT_TRUE(WasCached(text));
}

TEST_F(VerifiedTokenCacheTest, TwoRevocationSetsWithEqualCountsAreKeptApart) {
  RevocationSet others;
  revocations_.Add({{RevocationKind::kToken, "id of bob", 1, TestNow(), TestNow()}});
  others.Add({{RevocationKind::kToken, "id of alice", 1, TestNow(), TestNow()}});
  ASSERT_EQ(revocations_.change_count(), others.change_count());
  const std::string text = Token("alice");
  BringToFront(text);
  EXPECT_THAT(cache_.Verify({&ring_, &others}, text, AcceptAll()), IsRefused(TokenError::kRevoked));
  OnAnotherThread([&] {
    EXPECT_THAT(cache_.Verify({&ring_, &others}, text, AcceptAll()), IsRefused(TokenError::kRevoked));
  });
  EXPECT_TRUE(WasCached(text));
}

TEST_F(VerifiedTokenCacheTest, OneCachedTokenIsJudgedByEachMethodsOwnOptions) {
  const std::string text = Token();
  BringToFront(text);
  const TokenKind only_local[] = {kV4Local};
  const KeyUse only_refresh[] = {KeyUse::kRefresh};
  VerifyOptions options = AcceptAll();
  options.accept = only_local;
  EXPECT_THAT(cache_.Verify(trust_, text, options), IsRefused(TokenError::kNotAccepted));
  options = AcceptAll();
  options.uses = only_refresh;
  EXPECT_THAT(cache_.Verify(trust_, text, options), IsRefused(TokenError::kNotAccepted));
  options.uses = kOnlyAccess;
  EXPECT_TRUE(WasCached(text, options));
}

TEST_F(VerifiedTokenCacheTest, OneCachedTokenIsJudgedByEachMethodsExpectedFooter) {
  TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
  spec.footer = Footer::Json(R"({"shop":1})").value();
  for (const std::string& text : {Token(), SignToken(*ring_.Current(), spec).value()}) {
    BringToFront(text);
    const std::string footer = cache_.Verify(trust_, text, AcceptAll())->token->footer();
    VerifyOptions options = AcceptAll();
    options.expected_footer = footer;
    EXPECT_TRUE(WasCached(text, options));
    for (const std::string& other : {std::string(), footer.substr(1), footer + " "}) {
      options.expected_footer = other;
      EXPECT_THAT(cache_.Verify(trust_, text, options), IsRefused(TokenError::kNotAccepted));
      EXPECT_FALSE(cache_.Contains(trust_, text, options));
      OnAnotherThread([&] { EXPECT_THAT(cache_.Verify(trust_, text, options), IsRefused(TokenError::kNotAccepted)); });
    }
    EXPECT_TRUE(WasCached(text));
  }
}

TEST_F(VerifiedTokenCacheTest, OneCachedTokenIsJudgedByEachMethodsOwnRule) {
  const std::string text = Token();
  const Validator lax = Validator().ExpectIssuer("https://id.shop").ExpectAudience("shop").ExpectType("access");
  const Validator strict = Validator(lax).RequireFresh();
  for (int i = 0; i < 5; ++i) {
    const auto result = cache_.Verify(trust_, text, AcceptAll());
    ASSERT_THAT(result, IsOk());
    EXPECT_THAT(lax.Validate(result->token->claims(), TestNow()), IsOk());
    EXPECT_THAT(strict.Validate(result->token->claims(), TestNow()), IsRefused(TokenError::kNotFresh));
    EXPECT_THAT(lax.Validate(result->token->claims(), TestNow() + absl::Hours(1)), IsRefused(TokenError::kExpired));
  }
}

TEST_F(VerifiedTokenCacheTest, ATokenWithoutKidIsServedOnlyWhereThatIsAllowed) {
  const std::string text = RawToken(key_, R"({"sub":"a"})", "");
  VerifyOptions allowed = AcceptAll();
  allowed.accept_without_kid = true;
  BringToFront(text, allowed);
  EXPECT_THAT(cache_.Verify(trust_, text, AcceptAll()), IsRefused(TokenError::kKeyUnknown));
}

TEST_F(VerifiedTokenCacheTest, AKeyRevokedAfterCachingRefusesItsTokens) {
  const std::string text = Token();
  BringToFront(text);
  SetAttributes({KeyUse::kAccess, KeyState::kRevoked, {}});
  EXPECT_THAT(cache_.Verify(trust_, text, AcceptAll()), IsRefused(TokenError::kKeyUnknown));
  OnAnotherThread([&] { EXPECT_THAT(cache_.Verify(trust_, text, AcceptAll()), IsRefused(TokenError::kKeyUnknown)); });
}

TEST_F(VerifiedTokenCacheTest, TokensOfARevokedKeyAreDropped) {
  const std::string text = Token("alice");
  const std::string other = Token("bob");
  BringToFront(text);
  EXPECT_FALSE(WasCached(other));
  EXPECT_EQ(cache_.size(), 2);
  SetAttributes({KeyUse::kAccess, KeyState::kRevoked, {}});
  EXPECT_THAT(cache_.Verify(trust_, text, AcceptAll()), IsRefused(TokenError::kKeyUnknown));
  EXPECT_EQ(cache_.size(), 1);
  OnAnotherThread([&] { EXPECT_THAT(cache_.Verify(trust_, other, AcceptAll()), IsRefused(TokenError::kKeyUnknown)); });
  EXPECT_EQ(cache_.size(), 0);
  SetAttributes({KeyUse::kAccess, KeyState::kActive, {}});
  EXPECT_FALSE(WasCached(text));
  EXPECT_TRUE(WasCached(text));
  EXPECT_EQ(cache_.size(), 1);
}

TEST_F(VerifiedTokenCacheTest, ATokenThatIsOnlyNotAcceptedIsNotDropped) {
  const std::string text = Token();
  EXPECT_FALSE(WasCached(text));
  VerifyOptions options = AcceptAll();
  options.accept = {};
  EXPECT_THAT(cache_.Verify(trust_, text, options), IsRefused(TokenError::kNotAccepted));
  EXPECT_EQ(cache_.size(), 1);
}

TEST_F(VerifiedTokenCacheTest, AKeyGoneAfterCachingRefusesItsTokens) {
  const std::string text = Token();
  BringToFront(text);
  ring_.Swap(KeysOf({PublicKeyFor(KeyUse::kAccess)}));
  EXPECT_THAT(cache_.Verify(trust_, text, AcceptAll()), IsRefused(TokenError::kKeyUnknown));
}

TEST_F(VerifiedTokenCacheTest, AKeyThatOnlyRetiredKeepsItsTokensCached) {
  const std::string text = Token();
  BringToFront(text);
  SetAttributes({KeyUse::kAccess, KeyState::kRetired, {}});
  EXPECT_TRUE(WasCached(text));
}

TEST_F(VerifiedTokenCacheTest, AKeyWhoseAttributesChangedIsReadAgain) {
  SetAttributes({KeyUse::kForeign, KeyState::kActive, {"scope"}});
  const std::string text = RawToken(key_, R"({"scope":"admin"})", KidFooter(key_));
  EXPECT_TRUE(cache_.Verify(trust_, text, AcceptAll())->token->claims().HasScope("admin"));
  SetAttributes({KeyUse::kForeign, KeyState::kActive, {}});
  EXPECT_FALSE(cache_.Verify(trust_, text, AcceptAll())->token->claims().HasScope("admin"));
  SetAttributes({KeyUse::kAccess, KeyState::kActive, {}});
  EXPECT_EQ(cache_.Verify(trust_, text, AcceptAll())->token->key_use(), KeyUse::kAccess);
}

TEST_F(VerifiedTokenCacheTest, ARevocationAfterCachingRefusesTheToken) {
  const std::string text = Token("alice");
  const std::string other = Token("bob");
  BringToFront(text);
  EXPECT_FALSE(WasCached(other));
  OnAnotherThread([&] { EXPECT_TRUE(WasCached(text)); });
  revocations_.Add({{RevocationKind::kToken, "id of alice", 1, TestNow(), TestNow()}});
  for (int i = 0; i < 2; ++i) EXPECT_THAT(cache_.Verify(trust_, text, AcceptAll()), IsRefused(TokenError::kRevoked));
  OnAnotherThread([&] { EXPECT_THAT(cache_.Verify(trust_, text, AcceptAll()), IsRefused(TokenError::kRevoked)); });
  EXPECT_TRUE(WasCached(other));
}

TEST_F(VerifiedTokenCacheTest, ARevocationBeforeCachingRefusesTheToken) {
  revocations_.Add({{RevocationKind::kToken, "id of alice", 1, TestNow(), TestNow()}});
  const std::string text = Token("alice");
  for (int i = 0; i < 3; ++i) EXPECT_THAT(cache_.Verify(trust_, text, AcceptAll()), IsRefused(TokenError::kRevoked));
  EXPECT_TRUE(cache_.Contains(trust_, text, AcceptAll()));
  revocations_.Replace({});
  EXPECT_TRUE(WasCached(text));
}

TEST_F(VerifiedTokenCacheTest, WithoutRevocationSetNothingIsRevoked) {
  const std::string text = Token();
  EXPECT_THAT(cache_.Verify({&ring_, nullptr}, text, AcceptAll()), IsOk());
  EXPECT_TRUE(cache_.Verify({&ring_, nullptr}, text, AcceptAll())->was_cached);
}

TEST_F(VerifiedTokenCacheTest, KeepsNoMoreThanTheEntryBound) {
  for (const size_t bound : {1, 2, 7}) {
    VerifiedTokenCache cache({.max_entries = bound});
    for (int i = 0; i < 20; ++i) {
      EXPECT_THAT(cache.Verify(trust_, Token(absl::StrCat("subject ", i)), AcceptAll()), IsOk());
      EXPECT_LE(cache.size(), bound);
    }
    EXPECT_EQ(cache.size(), bound);
  }
}

TEST_F(VerifiedTokenCacheTest, LargeCachesHoldTheEntryBoundOverAllShards) {
  constexpr size_t kBound = 4096;
  VerifiedTokenCache cache({.max_entries = kBound});
  VerifyOptions options = AcceptAll();
  const Key local = LocalKeyFor(KeyUse::kAccess);
  KeyRing ring(KeysOf({local}));
  for (size_t i = 0; i < kBound + 1500; ++i) {
    const std::string text = RawToken(local, absl::StrCat("{\"sub\":\"", i, "\"}"), KidFooter(local));
    ASSERT_THAT(cache.Verify({&ring, nullptr}, text, options), IsOk());
  }
  EXPECT_LE(cache.size(), kBound);
  EXPECT_GT(cache.size(), kBound * 9 / 10);
}

TEST_F(VerifiedTokenCacheTest, KeepsNoMoreThanTheByteBound) {
  constexpr size_t kBound = 32 * 1024;
  VerifiedTokenCache cache({.max_entries = 1000, .max_bytes = kBound});
  const std::string custom(4000, 'x');
  for (int i = 0; i < 40; ++i) {
    const std::string payload = absl::StrCat(R"({"sub":"s)", i, R"(","c":")", custom, "\"}");
    ASSERT_THAT(cache.Verify(trust_, RawToken(key_, payload, KidFooter(key_)), AcceptAll()), IsOk());
    EXPECT_LE(cache.size() * 4000, kBound);
  }
  EXPECT_GE(cache.size(), 4);
}

TEST_F(VerifiedTokenCacheTest, ATokenOverTheByteBoundIsVerifiedAndNotKept) {
  VerifiedTokenCache cache({.max_entries = 10, .max_bytes = 100});
  const std::string text = Token();
  for (int i = 0; i < 2; ++i) {
    const auto result = cache.Verify(trust_, text, AcceptAll());
    ASSERT_THAT(result, IsOk());
    EXPECT_FALSE(result->was_cached);
  }
  EXPECT_EQ(cache.size(), 0);
}

TEST_F(VerifiedTokenCacheTest, ABoundOfNoneKeepsNothing) {
  VerifiedTokenCache cache({.max_entries = 0});
  const std::string text = Token();
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(cache.Verify(trust_, text, AcceptAll())->was_cached);
  EXPECT_EQ(cache.size(), 0);
}

TEST_F(VerifiedTokenCacheTest, EvictsWhatWasNotUsedLately) {
  VerifiedTokenCache cache({.max_entries = 2});
  const std::string used = Token("used");
  const std::string unused = Token("unused");
  const auto verify = [&](const std::string& text) { return cache.Verify(trust_, text, AcceptAll())->was_cached; };
  EXPECT_FALSE(verify(used));
  EXPECT_FALSE(verify(unused));
  EXPECT_TRUE(verify(used));
  EXPECT_FALSE(verify(Token("third")));
  EXPECT_TRUE(cache.Contains(trust_, used, AcceptAll()));
  EXPECT_FALSE(cache.Contains(trust_, unused, AcceptAll()));
  EXPECT_FALSE(verify(unused));
}

TEST_F(VerifiedTokenCacheTest, ATokenOutlivesItsEvictionAndItsCache) {
  std::shared_ptr<const VerifiedToken> token;
  {
    VerifiedTokenCache cache({.max_entries = 1});
    token = cache.Verify(trust_, Token("first"), AcceptAll())->token;
    EXPECT_THAT(cache.Verify(trust_, Token("second"), AcceptAll()), IsOk());
  }
  EXPECT_EQ(token->claims().subject, "first");
}

TEST_F(VerifiedTokenCacheTest, ExpiredIsSaidBeforeRevokedWhetherCachedOrNot) {
  const std::string text = Token();
  VerifyOptions options = AcceptAll();
  BringToFront(text, options);
  revocations_.Add({{RevocationKind::kToken, "id of alice", 1, TestNow(), TestNow() + absl::Hours(1)}});
  options.expired_before = TestNow() + absl::Minutes(10);  // its last second
  EXPECT_THAT(cache_.Verify(trust_, text, options), IsRefused(TokenError::kRevoked));
  options.expired_before += absl::Nanoseconds(1);
  EXPECT_THAT(cache_.Verify(trust_, text, options), IsRefused(TokenError::kExpired));
  EXPECT_THAT(VerifiedTokenCache({}).Verify(trust_, text, options), IsRefused(TokenError::kExpired));
}

TEST_F(VerifiedTokenCacheTest, LongTextsAreServedByTheSharedPart) {
  const Key local = LocalKeyFor(KeyUse::kAccess);
  KeyRing ring(KeysOf({local}));
  const Trust trust{&ring, &revocations_};
  for (const size_t bytes : {2000, 20'000}) {
    std::string text = RawToken(local, absl::StrCat(R"({"c":")", std::string(bytes, 'x'), "\"}"), KidFooter(local));
    for (const bool was_cached : {false, true, true, true}) {
      const auto result = cache_.Verify(trust, text, AcceptAll());
      ASSERT_THAT(result, IsOk());
      EXPECT_EQ(result->was_cached, was_cached);
      EXPECT_EQ(result->token->claims().custom_json.size(), bytes + 8);
    }
    text[100] = text[100] == 'A' ? 'B' : 'A';
    EXPECT_THAT(cache_.Verify(trust, text, AcceptAll()), IsRefused(TokenError::kSignatureInvalid));
  }
}

TEST_F(VerifiedTokenCacheTest, SeveralCachesOnOneThreadKeepApart) {
  const std::string text = Token();
  for (int round = 0; round < 100; ++round) {
    VerifiedTokenCache other({});
    const auto first = other.Verify(trust_, text, AcceptAll());
    ASSERT_THAT(first, IsOk());
    EXPECT_FALSE(first->was_cached);
    EXPECT_TRUE(other.Verify(trust_, text, AcceptAll())->was_cached);
    EXPECT_EQ(WasCached(text), round > 0);
  }
}

TEST_F(VerifiedTokenCacheTest, ThreadsThatEndLeaveTheCacheUsable) {
  const std::string text = Token();
  for (int i = 0; i < 20; ++i) OnAnotherThread([&] { EXPECT_EQ(WasCached(text), i > 0); });
  EXPECT_TRUE(WasCached(text));
}

TEST_F(VerifiedTokenCacheTest, MoreTokensThanAFrontHoldsAreStillServed) {
  const Key local = LocalKeyFor(KeyUse::kAccess);
  KeyRing ring(KeysOf({local}));
  const Trust trust{&ring, &revocations_};
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; ++i) {
    texts.push_back(RawToken(local, absl::StrCat("{\"sub\":\"", i, "\"}"), KidFooter(local)));
    ASSERT_FALSE(cache_.Verify(trust, texts.back(), AcceptAll())->was_cached);
  }
  for (int i = 0; i < 3 * 3000; ++i) {
    const auto result = cache_.Verify(trust, texts[i % 3000], AcceptAll());
    ASSERT_THAT(result, IsOk());
    EXPECT_TRUE(result->was_cached);
    EXPECT_EQ(result->token->claims().subject, absl::StrCat(i % 3000));
  }
}

}  // namespace
}  // namespace paseto
