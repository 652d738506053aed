#include "grpc_paseto/core/token/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPayload[] = R"({"sub":"alice","exp":"2024-01-01T00:10:00Z"})";

struct KindAndUse {
  TokenKind kind;
  KeyUse use;
};

// One active key for each kind and use that signs.
std::shared_ptr<const KeySet> EveryKey() {
  std::vector<Key> keys;
  for (const KeyUse use : {KeyUse::kAccess, KeyUse::kRefresh, KeyUse::kClient}) {
    keys.push_back(PublicKeyFor(use));
    keys.push_back(LocalKeyFor(use));
  }
  return KeysOf(std::move(keys));
}

TEST(SignAndVerifyTest, WhatIsSignedVerifiesForEachKindAndUse) {
  const auto keys = EveryKey();
  for (const TokenKind kind : kBothKinds) {
    for (const KeyUse use : {KeyUse::kAccess, KeyUse::kRefresh, KeyUse::kClient}) {
      const absl::StatusOr<std::string> text = SignToken(*keys, SpecFor(kind, use));
      ASSERT_THAT(text, IsOk());
      EXPECT_TRUE(absl::StartsWith(*text, absl::StrCat(TokenKindName(kind), ".")));
      const auto token = VerifyToken(*keys, *text, AcceptAll());
      ASSERT_THAT(token, IsOk());
      EXPECT_EQ((*token)->kind(), kind);
      EXPECT_EQ((*token)->key_use(), use);
      EXPECT_EQ((*token)->key_id(), keys->ActiveSigner(kind, use)->id());
      EXPECT_EQ((*token)->claims().subject, "alice");
      EXPECT_EQ((*token)->footer(), KidFooter(*keys->ActiveSigner(kind, use)));
    }
  }
}

// Keys of version 3 for access tokens.
Key PublicKeyOfVersion3() { return Key::Create(V3SecretKey::Generate(), {}).value(); }
Key LocalKeyOfVersion3() { return Key(V3LocalKey::Generate(), {}); }

TEST(SignAndVerifyTest, Version3VerifiesWhereItIsAccepted) {
  const auto keys = KeysOf({PublicKeyOfVersion3(), LocalKeyOfVersion3()});
  for (const TokenKind kind : {kV3Public, kV3Local}) {
    TokenSpec spec = SpecFor(kind, KeyUse::kAccess);
    spec.implicit_assertion = CallerAssertion("tenant-1");
    const absl::StatusOr<std::string> text = SignToken(*keys, spec);
    ASSERT_THAT(text, IsOk());
    EXPECT_TRUE(absl::StartsWith(*text, absl::StrCat(TokenKindName(kind), ".")));
    VerifyOptions options = AcceptAll();
    options.implicit_assertion = spec.implicit_assertion;
    EXPECT_THAT(VerifyToken(*keys, *text, options), IsRefused(TokenError::kNotAccepted));
    const TokenKind accept[] = {kind};
    options.accept = accept;
    const auto token = VerifyToken(*keys, *text, options);
    ASSERT_THAT(token, IsOk());
    EXPECT_EQ((*token)->kind(), kind);
    EXPECT_EQ((*token)->key_id(), keys->ActiveSigner(kind, KeyUse::kAccess)->id());
    EXPECT_EQ((*token)->claims().subject, "alice");
    options.implicit_assertion = "other";
    EXPECT_THAT(VerifyToken(*keys, *text, options), IsRefused(TokenError::kSignatureInvalid));
  }
}

TEST(SignAndVerifyTest, AKeyOfTheOtherVersionIsUnknown) {
  const Key v3 = PublicKeyOfVersion3(), v4 = PublicKeyFor(KeyUse::kAccess);
  const auto keys = KeysOf({v3, v4});
  const TokenKind accept[] = {kV3Public, kV4Public};
  VerifyOptions options = AcceptAll();
  options.accept = accept;
  const std::string text = V3PublicSign(*v3.v3_secret(), kPayload, KidFooter(v4), "").value();
  EXPECT_THAT(VerifyToken(*keys, text, options), IsRefused(TokenError::kKeyUnknown));
  EXPECT_THAT(VerifyToken(*keys, RawToken(v4, kPayload, KidFooter(v3)), options), IsRefused(TokenError::kKeyUnknown));
}

TEST(SignAndVerifyTest, FootersOfEachFormComeBack) {
  const auto keys = EveryKey();
  TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
  spec.footer = Footer::Json(R"({"a":9007199254740993})").value();
  const auto object = VerifyToken(*keys, SignToken(*keys, spec).value(), AcceptAll());
  ASSERT_THAT(object, IsOk());
  EXPECT_THAT((*object)->footer(), HasSubstr(R"("a":9007199254740993)"));
  VerifyOptions options = AcceptAll();
  options.accept_without_kid = true;
  const std::string bytes("\x00\xff text", 7);
  spec.footer = Footer::Verbatim(bytes).value();
  const auto verbatim = VerifyToken(*keys, SignToken(*keys, spec).value(), options);
  ASSERT_THAT(verbatim, IsOk());
  EXPECT_EQ((*verbatim)->footer(), bytes);
}

TEST(SignAndVerifyTest, TheImplicitAssertionMustBeTheSame) {
  const auto keys = EveryKey();
  for (const TokenKind kind : kBothKinds) {
    TokenSpec spec = SpecFor(kind, KeyUse::kAccess);
    spec.implicit_assertion = CallerAssertion("tenant-1");
    const std::string text = SignToken(*keys, spec).value();
    EXPECT_THAT(text, Not(HasSubstr("tenant-1")));
    VerifyOptions options = AcceptAll();
    options.implicit_assertion = spec.implicit_assertion;
    EXPECT_THAT(VerifyToken(*keys, text, options), IsOk());
    EXPECT_THAT(VerifyToken(*keys, text, AcceptAll()), IsRefused(TokenError::kSignatureInvalid));
    const std::string other = CallerAssertion("tenant-2");
    options.implicit_assertion = other;
    EXPECT_THAT(VerifyToken(*keys, text, options), IsRefused(TokenError::kSignatureInvalid));
  }
}

TEST(SignAndVerifyTest, AnExpectedFooterMustBeThere) {
  const auto keys = EveryKey();
  for (const TokenKind kind : kBothKinds) {
    TokenSpec spec = SpecFor(kind, KeyUse::kAccess);
    const std::string own = KidFooter(*keys->ActiveSigner(kind, KeyUse::kAccess));
    const std::string with_own = SignToken(*keys, spec).value();
    spec.footer = Footer::Verbatim("shop").value();
    const std::string with_text = SignToken(*keys, spec).value();
    const std::string with_none = RawToken(*keys->ActiveSigner(kind, KeyUse::kAccess), kPayload, "");
    VerifyOptions options = AcceptAll();
    options.accept_without_kid = true;
    const auto expect_only = [&](absl::string_view footer, const std::string& right) {
      options.expected_footer = footer;
      for (const std::string* text : {&with_own, &with_text, &with_none}) {
        const auto token = VerifyToken(*keys, *text, options);
        if (*text == right) {
          EXPECT_THAT(token, IsOk()) << footer;
        } else {
          EXPECT_THAT(token, IsRefused(TokenError::kNotAccepted)) << footer;
        }
      }
    };
    expect_only(own, with_own);
    expect_only("shop", with_text);
    expect_only("", with_none);
    for (const char* other : {"shoP", "sho", "shop ", "Shop", "{}"}) expect_only(other, /*right=*/"none of them");
  }
}

TEST(SignAndVerifyTest, AnExpectedFooterIsNoTrustInIt) {
  const auto keys = EveryKey();
  std::string text = RawToken(*keys->ActiveSigner(kV4Public, KeyUse::kAccess), kPayload, "");
  text += "." + absl::WebSafeBase64Escape("shop");  // put there by somebody else
  VerifyOptions options = AcceptAll();
  options.accept_without_kid = true;
  options.expected_footer = "shop";
  EXPECT_THAT(VerifyToken(*keys, text, options), IsRefused(TokenError::kSignatureInvalid));
}

TEST(SignAndVerifyTest, Base64WrappingIsExactlyOneSpelling) {
  const auto keys = EveryKey();
  TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
  VerifyOptions options = AcceptAll();
  options.base64_wrapped = true;
  for (int i = 0; i < 3; ++i) {  // each length modulo 3, so that each padding occurs
    spec.claims.subject += "xxxx";
    spec.base64_wrapped = false;
    const std::string bare = SignToken(*keys, spec).value();
    spec.base64_wrapped = true;
    const std::string wrapped = SignToken(*keys, spec).value();
    EXPECT_EQ(wrapped, absl::Base64Escape(bare));
    EXPECT_THAT(VerifyToken(*keys, wrapped, options), IsOk());
    EXPECT_THAT(VerifyToken(*keys, wrapped, AcceptAll()), IsRefused(TokenError::kMalformed));
    EXPECT_THAT(VerifyToken(*keys, bare, options), IsRefused(TokenError::kMalformed));
    for (const std::string& other :
         {wrapped + "=", wrapped + " ", " " + wrapped, wrapped + "\n", wrapped + "AAAA", wrapped.substr(1),
          wrapped.substr(0, wrapped.size() - 1), wrapped + std::string(1, '\0')}) {
      EXPECT_THAT(VerifyToken(*keys, other, options), IsRefused(TokenError::kMalformed)) << i;
    }
  }
}

// A regression: libsodium's decoder takes bytes beyond ASCII for letters.
TEST(SignAndVerifyTest, Base64WrappingKnowsNoBytesBeyondAscii) {
  const auto keys = KeysOf({PublicKeyFor(KeyUse::kAccess)});
  TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
  spec.base64_wrapped = true;
  VerifyOptions options = AcceptAll();
  options.base64_wrapped = true;
  const std::string wrapped = SignToken(*keys, spec).value();
  ASSERT_THAT(VerifyToken(*keys, wrapped, options), IsOk());
  for (int byte = 0x80; byte < 0x100; ++byte) {
    std::string text = wrapped;
    text[1] = static_cast<char>(byte);
    EXPECT_THAT(VerifyToken(*keys, text, options), IsRefused(TokenError::kMalformed)) << "byte " << byte;
  }
}

TEST(SignAndVerifyTest, WrappedTextWithTrailingBitsIsMalformed) {
  const auto keys = EveryKey();
  VerifyOptions options = AcceptAll();
  options.base64_wrapped = true;
  for (std::string subject = "a"; subject.size() < 8; subject += "a") {
    TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
    spec.claims.subject = subject;
    spec.base64_wrapped = true;
    std::string wrapped = SignToken(*keys, spec).value();
    const size_t last = wrapped.find_last_not_of('=');
    if (last == wrapped.size() - 1) continue;  // no padding, no spare bits
    ++wrapped[last];
    EXPECT_THAT(VerifyToken(*keys, wrapped, options), IsRefused(TokenError::kMalformed)) << wrapped;
  }
}

TEST(SignTokenTest, RequiresAnExpiryUnlessItMayBeMissing) {
  TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
  spec.claims.expires_at.reset();
  EXPECT_THAT(SignToken(*EveryKey(), spec), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("exp")));
  spec.allow_missing_expiry = true;
  EXPECT_THAT(SignToken(*EveryKey(), spec), IsOk());
}

TEST(SignTokenTest, RequiresAnActiveKeyOfTheKindAndUse) {
  const auto fails = [](const std::shared_ptr<const KeySet>& keys) {
    EXPECT_THAT(SignToken(*keys, SpecFor(kV4Public, KeyUse::kAccess)),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("v4.public")));
  };
  fails(KeysOf({}));
  fails(KeysOf({LocalKeyFor(KeyUse::kAccess), PublicKeyFor(KeyUse::kRefresh)}));
  fails(KeysOf({*PublicKeyFor(KeyUse::kAccess).PublicHalf()}));
  for (const KeyState state : {KeyState::kAnnounced, KeyState::kRetired, KeyState::kRevoked}) {
    fails(KeysOf({PublicKeyFor(KeyUse::kAccess, state)}));
  }
}

TEST(SignTokenTest, HoldsTheSizeLimitExactlyWrappingIncluded) {
  const auto keys = EveryKey();
  TokenSpec spec = SpecFor(kV4Public, KeyUse::kAccess);
  for (const bool wrapped : {false, true}) {
    spec.base64_wrapped = wrapped;
    size_t longest = 0;
    bool refused = false;
    for (size_t bytes = 2500; bytes < 4600; ++bytes) {
      spec.claims.subject = std::string(bytes, 'x');
      const absl::StatusOr<std::string> text = SignToken(*keys, spec);
      if (text.ok()) {
        EXPECT_FALSE(refused) << "a longer token passes";
        longest = text->size();
      } else {
        refused = true;
        EXPECT_THAT(text, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("6144")));
        if (bytes % 100 == 0) break;
      }
    }
    EXPECT_TRUE(refused);
    EXPECT_LE(longest, kMaxIssuedTokenBytes);
    EXPECT_GT(longest, kMaxIssuedTokenBytes - 8);
  }
}

TEST(SignTokenTest, TheTypeMustFitTheUse) {
  const auto keys = EveryKey();
  for (const KeyUse use : {KeyUse::kAccess, KeyUse::kRefresh, KeyUse::kClient}) {
    for (const char* type : {"", "access", "refresh", "client", "report"}) {
      TokenSpec spec = SpecFor(kV4Public, use);
      spec.claims.type = type;
      const bool named = use == KeyUse::kAccess ? type != kRefreshType && type != kClientType : type == TypeFor(use);
      EXPECT_EQ(SignToken(*keys, spec).ok(), named) << KeyUseName(use) << " " << type;
    }
  }
}

TEST(SignTokenTest, ForeignKeysDoNotSign) {
  EXPECT_THAT(SignToken(*KeysOf({PublicKeyFor(KeyUse::kForeign)}), SpecFor(kV4Public, KeyUse::kForeign)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(VerifyTokenTest, AcceptsOnlyTheListedKinds) {
  const auto keys = EveryKey();
  for (const TokenKind kind : kBothKinds) {
    const std::string text = SignToken(*keys, SpecFor(kind, KeyUse::kAccess)).value();
    VerifyOptions options = AcceptAll();
    options.accept = absl::MakeConstSpan(&kind, 1);
    EXPECT_THAT(VerifyToken(*keys, text, options), IsOk());
    const TokenKind other = kind == kV4Public ? kV4Local : kV4Public;
    options.accept = absl::MakeConstSpan(&other, 1);
    EXPECT_THAT(VerifyToken(*keys, text, options), IsRefused(TokenError::kNotAccepted));
    options.accept = {};
    EXPECT_THAT(VerifyToken(*keys, text, options), IsRefused(TokenError::kNotAccepted));
  }
}

TEST(VerifyTokenTest, NoUseOfAKeyPassesForAnother) {
  const auto keys = EveryKey();
  for (const TokenKind kind : kBothKinds) {
    for (const KeyUse signed_for : {KeyUse::kAccess, KeyUse::kRefresh, KeyUse::kClient}) {
      const std::string text = SignToken(*keys, SpecFor(kind, signed_for)).value();
      for (const KeyUse accepted : kAllUses) {
        VerifyOptions options = AcceptAll();
        options.uses = absl::MakeConstSpan(&accepted, 1);
        if (accepted == signed_for) {
          EXPECT_THAT(VerifyToken(*keys, text, options), IsOk());
        } else {
          EXPECT_THAT(VerifyToken(*keys, text, options), IsRefused(TokenError::kNotAccepted));
        }
      }
    }
  }
}

TEST(VerifyTokenTest, NoTypePassesUnderAKeyOfAnotherUse) {
  for (const KeyUse use : kAllUses) {
    const Key key = PublicKeyFor(use);
    const auto keys = KeysOf({key});
    for (const char* type : {"access", "refresh", "client", "report", ""}) {
      const std::string text = RawToken(key, absl::StrCat(R"({"type":")", type, "\"}"), KidFooter(key));
      const absl::string_view name = type;
      const bool fits = use == KeyUse::kRefresh  ? name == "refresh"
                        : use == KeyUse::kClient ? name == "client"
                        : use == KeyUse::kAccess ? name != "refresh" && name != "client"
                                                 : name != "client";
      if (fits) {
        EXPECT_THAT(VerifyToken(*keys, text, AcceptAll()), IsOk()) << KeyUseName(use) << " " << type;
      } else {
        EXPECT_THAT(VerifyToken(*keys, text, AcceptAll()), IsRefused(TokenError::kMalformed))
            << KeyUseName(use) << " " << type;
      }
    }
  }
}

// The token with one bit of its signature or tag turned.
std::string Forged(std::string text) {
  char& last = text[text.rfind('.') - 5];
  last = last == 'A' ? 'B' : 'A';
  return text;
}

TEST(VerifyTokenTest, ATokenThatSaysThatItExpiredCostsNoSignature) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  const auto keys = KeysOf({key});
  VerifyOptions options = AcceptAll();
  options.expired_before = TestNow();
  const auto verify = [&](absl::string_view payload) {
    return VerifyToken(*keys, Forged(RawToken(key, payload, KidFooter(key))), options);
  };
  EXPECT_THAT(verify(R"({"exp":"2023-12-31T23:59:59Z"})"), IsRefused(TokenError::kExpired));
  EXPECT_THAT(verify(R"({"a":[1,{"exp":1}], "exp" : "2023-12-31T23:59:59Z" })"), IsRefused(TokenError::kExpired));
  // Its last second is not over; an exp that is another's, is none, or is not readable says nothing.
  for (const absl::string_view payload :
       {R"({"exp":"2024-01-01T00:00:00Z"})", R"({"act":{"exp":"2023-12-31T23:59:59Z"}})", "{}", R"({"exp":7})",
        R"({"exp":"yesterday"})", R"({"exp":""})", R"({"exp":})", R"("exp":"2023-12-31T23:59:59Z")"}) {
    EXPECT_THAT(verify(payload), IsRefused(TokenError::kSignatureInvalid)) << payload;
  }
}

TEST(VerifyTokenTest, GenuineTokensWithNestedExpiriesPassBeforeTheirOwn) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  VerifyOptions options = AcceptAll();
  options.expired_before = TestNow();
  const std::string payload = R"({"act":{"exp":"2020-01-01T00:00:00Z"},"exp":"2024-01-01T00:00:00Z"})";
  EXPECT_THAT(VerifyToken(*KeysOf({key}), RawToken(key, payload, KidFooter(key)), options), IsOk());
}

TEST(VerifyTokenTest, AdmissionIsAskedOnceAndOnlyWhenASignatureIsNext) {
  const Key pub = PublicKeyFor(KeyUse::kAccess), local = LocalKeyFor(KeyUse::kAccess);
  const auto keys = KeysOf({pub, local});
  int asked = 0;
  absl::Status answer;
  const std::function<absl::Status()> admit = [&] {
    ++asked;
    return answer;
  };
  VerifyOptions options = AcceptAll();
  options.expired_before = TestNow();
  options.admit_signature = &admit;
  for (const Key& key : {pub, local}) {
    EXPECT_THAT(VerifyToken(*keys, RawToken(key, "{}", KidFooter(key)), options), IsOk());
    EXPECT_EQ(std::exchange(asked, 0), 1);
  }
  answer = absl::ResourceExhaustedError("later");
  EXPECT_EQ(VerifyToken(*keys, RawToken(pub, "{}", KidFooter(pub)), options).status(), answer);
  EXPECT_EQ(std::exchange(asked, 0), 1);
  const Key stranger = PublicKeyFor(KeyUse::kAccess);
  for (const std::string& text :
       {std::string("v4.public"), RawToken(stranger, "{}", KidFooter(stranger)), RawToken(pub, "{}", "{"),
        RawToken(pub, "{}", ""), RawToken(pub, R"({"exp":"2023-12-31T23:59:59Z"})", KidFooter(pub))}) {
    EXPECT_THAT(VerifyToken(*keys, text, options), Not(IsOk()));
  }
  EXPECT_EQ(asked, 0);
}

TEST(VerifyTokenTest, AnUnknownKeyIdFailsClosed) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  const Key stranger = PublicKeyFor(KeyUse::kAccess);
  const auto keys = KeysOf({key});
  VerifyOptions options = AcceptAll();
  options.accept_without_kid = true;
  EXPECT_THAT(VerifyToken(*keys, RawToken(stranger, kPayload, KidFooter(stranger)), options),
              IsRefused(TokenError::kKeyUnknown));
  // Signed with a key that we have, but it names another: no trial of our keys.
  EXPECT_THAT(VerifyToken(*keys, RawToken(key, kPayload, KidFooter(stranger)), options),
              IsRefused(TokenError::kKeyUnknown));
}

TEST(VerifyTokenTest, ATokenSignedWithAnotherKeyThanItNamesIsNotGenuine) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  const Key stranger = PublicKeyFor(KeyUse::kAccess);
  EXPECT_THAT(VerifyToken(*KeysOf({key}), RawToken(stranger, kPayload, KidFooter(key)), AcceptAll()),
              IsRefused(TokenError::kSignatureInvalid));
}

TEST(VerifyTokenTest, AKeyIdOfTheOtherPurposeIsUnknown) {
  const Key pub = PublicKeyFor(KeyUse::kAccess);
  const Key local = LocalKeyFor(KeyUse::kAccess);
  const auto keys = KeysOf({pub, local});
  EXPECT_THAT(VerifyToken(*keys, RawToken(pub, kPayload, KidFooter(local)), AcceptAll()),
              IsRefused(TokenError::kKeyUnknown));
  EXPECT_THAT(VerifyToken(*keys, RawToken(local, kPayload, KidFooter(pub)), AcceptAll()),
              IsRefused(TokenError::kKeyUnknown));
}

TEST(VerifyTokenTest, MalformedFootersAreRefusedBeforeAnyKey) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  VerifyOptions options = AcceptAll();
  options.accept_without_kid = true;
  for (const std::string& footer :
       {std::string(R"({"kid":1})"),
        absl::StrCat("{\"kid\":\"", key.id().text(), "\",\"kid\":\"", key.id().text(), "\"}"),
        std::string(R"({"wpk":"k4.public.AAAA"})"), std::string(R"({"pk":"k4.public.AAAA"})")}) {
    EXPECT_THAT(VerifyToken(*KeysOf({key}), RawToken(key, kPayload, footer), options),
                IsRefused(TokenError::kMalformed))
        << footer;
  }
}

TEST(VerifyTokenTest, KeyStatesVerifyExceptRevoked) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  const std::string text = RawToken(key, kPayload, KidFooter(key));
  for (const KeyState state : {KeyState::kAnnounced, KeyState::kActive, KeyState::kRetired}) {
    EXPECT_THAT(VerifyToken(*KeysOf({key.With({KeyUse::kAccess, state, {}})}), text, AcceptAll()), IsOk());
  }
  EXPECT_THAT(VerifyToken(*KeysOf({key.With({KeyUse::kAccess, KeyState::kRevoked, {}})}), text, AcceptAll()),
              IsRefused(TokenError::kKeyUnknown));
}

TEST(VerifyTokenTest, ThePublicHalfVerifies) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  EXPECT_THAT(VerifyToken(*KeysOf({*key.PublicHalf()}), RawToken(key, kPayload, KidFooter(key)), AcceptAll()), IsOk());
}

TEST(VerifyTokenTest, ATokenWithoutKidNeedsPermission) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  const auto keys = KeysOf({key});
  VerifyOptions options = AcceptAll();
  for (const char* footer : {"", "text", "{}", R"({"a":1})"}) {
    const std::string text = RawToken(key, kPayload, footer);
    options.accept_without_kid = false;
    EXPECT_THAT(VerifyToken(*keys, text, options), IsRefused(TokenError::kKeyUnknown));
    options.accept_without_kid = true;
    EXPECT_THAT(VerifyToken(*keys, text, options), IsOk());
  }
}

TEST(VerifyTokenTest, TriesFourKeysAndNotAFifth) {
  for (const TokenKind kind : kBothKinds) {
    std::vector<Key> keys;
    for (int i = 0; i < kMaxKeysTried + 1; ++i) {
      keys.push_back(kind == kV4Public ? PublicKeyFor(KeyUse::kAccess, KeyState::kRetired)
                                       : LocalKeyFor(KeyUse::kAccess, KeyState::kRetired));
    }
    VerifyOptions options = AcceptAll();
    options.accept_without_kid = true;
    const std::string under_fourth = RawToken(keys[3], kPayload, "");
    const std::string under_fifth = RawToken(keys[4], kPayload, "");
    const auto set = KeysOf(keys);
    EXPECT_THAT(VerifyToken(*set, under_fourth, options), IsOk());
    EXPECT_THAT(VerifyToken(*set, under_fifth, options), IsRefused(TokenError::kSignatureInvalid));
  }
}

TEST(VerifyTokenTest, TriesOnlyKeysOfAcceptedUsesAndUsableStates) {
  const Key key = PublicKeyFor(KeyUse::kClient);
  const std::string text = RawToken(key, R"({"type":"client"})", "");
  VerifyOptions options = AcceptAll();
  options.accept_without_kid = true;
  EXPECT_THAT(VerifyToken(*KeysOf({key}), text, options), IsOk());
  options.uses = kOnlyAccess;
  EXPECT_THAT(VerifyToken(*KeysOf({key}), text, options), IsRefused(TokenError::kKeyUnknown));
  options.uses = kAllUses;
  EXPECT_THAT(VerifyToken(*KeysOf({key.With({KeyUse::kClient, KeyState::kRevoked, {}})}), text, options),
              IsRefused(TokenError::kKeyUnknown));
}

TEST(VerifyTokenTest, TheActiveKeyIsTriedHoweverManyAreRetired) {
  std::vector<Key> keys;
  for (int i = 0; i < 6; ++i) keys.push_back(PublicKeyFor(KeyUse::kAccess, KeyState::kRetired));
  keys.push_back(PublicKeyFor(KeyUse::kAccess));
  const std::string text = RawToken(keys.back(), kPayload, "");
  VerifyOptions options = AcceptAll();
  options.accept_without_kid = true;
  EXPECT_THAT(VerifyToken(*KeysOf(keys), text, options), IsOk());
}

TEST(VerifyTokenTest, AGenuineTokenWithABadPayloadIsMalformed) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  for (const char* payload : {"", "[]", "text", R"({"sub":1})", R"({"sub":"a","s\u0075b":"b"})"}) {
    EXPECT_THAT(VerifyToken(*KeysOf({key}), RawToken(key, payload, KidFooter(key)), AcceptAll()),
                IsRefused(TokenError::kMalformed))
        << payload;
  }
}

TEST(VerifyTokenTest, TextThatIsNoTokenIsMalformed) {
  const auto keys = EveryKey();
  for (const char* text : {"", ".", "v4.public", "v4.public.", "v4.public.AAAA", "v4.local.AAAA", "v3.public.AAAA",
                           "V4.public.AAAA", "v4.public.AAAA.", "v4.public.AA==", "Bearer v4.public.AAAA"}) {
    EXPECT_THAT(VerifyToken(*keys, text, AcceptAll()), Not(IsOk())) << text;
  }
  EXPECT_THAT(VerifyToken(*keys, "v4.public.AA==", AcceptAll()), IsRefused(TokenError::kMalformed));
}

TEST(VerifyTokenTest, AGenuineKeyWithAShortBodyIsMalformed) {
  const Key key = PublicKeyFor(KeyUse::kAccess);
  const std::string text = absl::StrCat("v4.public.AAAA.", absl::WebSafeBase64Escape(KidFooter(key)));
  EXPECT_THAT(VerifyToken(*KeysOf({key}), text, AcceptAll()), IsRefused(TokenError::kMalformed));
}

TEST(VerifyTokenTest, OurOwnClaimsAreNotBelievedUnderAForeignKey) {
  const Key key = PublicKeyFor(KeyUse::kForeign);
  const Key scope_allowed = key.With({KeyUse::kForeign, KeyState::kActive, {"scope"}});
  const std::string text =
      RawToken(key, R"({"sub":"a","scope":"admin","sid":"s","rev":9,"client_id":"c","x":1})", KidFooter(key));
  const auto stripped = VerifyToken(*KeysOf({key}), text, AcceptAll());
  ASSERT_THAT(stripped, IsOk());
  EXPECT_EQ((*stripped)->claims().subject, "a");
  EXPECT_THAT((*stripped)->claims().scopes, IsEmpty());
  EXPECT_TRUE((*stripped)->claims().session_id.empty());
  EXPECT_EQ((*stripped)->claims().revision, absl::nullopt);
  EXPECT_TRUE((*stripped)->claims().client_id.empty());
  EXPECT_EQ((*stripped)->claims().custom_json, R"({"x":1})");
  const auto allowed = VerifyToken(*KeysOf({scope_allowed}), text, AcceptAll());
  ASSERT_THAT(allowed, IsOk());
  EXPECT_TRUE((*allowed)->claims().HasScope("admin"));
  EXPECT_TRUE((*allowed)->claims().session_id.empty());
}

TEST(VerifyTokenTest, ErrorsHoldNoneOfTheToken) {
  const auto keys = EveryKey();
  const std::string text = SignToken(*keys, SpecFor(kV4Public, KeyUse::kAccess)).value();
  VerifyOptions options = AcceptAll();
  options.implicit_assertion = "other";
  for (const absl::Status& status :
       {VerifyToken(*keys, text, options).status(), VerifyToken(*keys, text + "A", AcceptAll()).status(),
        VerifyToken(*keys, text.substr(1), AcceptAll()).status(),
        VerifyToken(*KeysOf({}), text, AcceptAll()).status()}) {
    ASSERT_FALSE(status.ok());
    for (size_t i = 10; i + 8 < text.size(); i += 8) {
      EXPECT_THAT(status.ToString(), Not(HasSubstr(text.substr(i, 8))));
    }
  }
}

}  // namespace
}  // namespace paseto
