// What a foreign key's entry allows besides our own claims: integer subjects, and aliases of its id.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/core/token/verified_token_cache.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

KeyAttributes Foreign(std::vector<std::string> aliases, bool integer_subject = false) {
  return {KeyUse::kForeign, KeyState::kActive, {}, integer_subject, std::move(aliases)};
}
Key ForeignKey(std::vector<std::string> aliases, bool integer_subject = false) {
  return PublicKeyFor(KeyUse::kForeign).With(Foreign(std::move(aliases), integer_subject));
}
std::string Named(absl::string_view kid) { return absl::StrCat("{\"kid\":\"", kid, "\"}"); }

absl::StatusOr<std::string> SubjectOf(const Key& key, absl::string_view sub) {
  const auto token =
      VerifyToken(*KeysOf({key}), RawToken(key, absl::StrCat("{\"sub\":", sub, "}"), KidFooter(key)), AcceptAll());
  if (!token.ok()) return token.status();
  return (*token)->claims().subject;
}

TEST(IntegerSubjectTest, ItsDecimalTextIsTheSubject) {
  const Key key = ForeignKey({}, /*integer_subject=*/true);
  EXPECT_THAT(SubjectOf(key, "7"), IsOkAndHolds("7"));
  EXPECT_THAT(SubjectOf(key, "0"), IsOkAndHolds("0"));
  EXPECT_THAT(SubjectOf(key, "9007199254740991"), IsOkAndHolds("9007199254740991"));
  EXPECT_THAT(SubjectOf(key, "\"7\""), IsOkAndHolds("7"));
  EXPECT_THAT(SubjectOf(key, "\"alice\""), IsOkAndHolds("alice"));
}

TEST(IntegerSubjectTest, NumbersThatReadersDoNotKeepAlikeAreRefused) {
  const Key key = ForeignKey({}, /*integer_subject=*/true);
  for (const char* sub : {"-1", "-0", "7.0", "7.5", "7e0", "1e3", "9007199254740992", "18446744073709551615",
                          "18446744073709551616", "true", "null", "[7]", "{}"}) {
    EXPECT_THAT(SubjectOf(key, sub), IsRefused(TokenError::kMalformed)) << sub;
  }
}

TEST(IntegerSubjectTest, OnlyAKeyThatSaysSoAllowsIt) {
  EXPECT_THAT(SubjectOf(ForeignKey({}), "7"), IsRefused(TokenError::kMalformed));
  EXPECT_THAT(SubjectOf(PublicKeyFor(KeyUse::kAccess), "7"), IsRefused(TokenError::kMalformed));
}

TEST(KeyAliasTest, ATokenMayNameTheKeyByIt) {
  const Key key = ForeignKey({"key-1", "did:web:shop#2"});
  const auto keys = KeysOf({PublicKeyFor(KeyUse::kAccess), key});
  for (const char* kid : {"key-1", "did:web:shop#2", "key\\u002d1"}) {
    const auto token = VerifyToken(*keys, RawToken(key, "{}", Named(kid)), AcceptAll());
    ASSERT_THAT(token, IsOk()) << kid;
    EXPECT_EQ((*token)->key_id(), key.id());
    EXPECT_TRUE((*token)->names_key());
  }
  EXPECT_THAT(VerifyToken(*keys, RawToken(key, "{}", KidFooter(key)), AcceptAll()), IsOk());
}

TEST(KeyAliasTest, AnUnknownOneFailsClosed) {
  const Key key = ForeignKey({"key-1"});
  VerifyOptions options = AcceptAll();
  options.accept_without_kid = true;
  for (const char* kid : {"key-2", "Key-1", "key-1 ", "", "k4.pid.key-1"}) {
    EXPECT_THAT(VerifyToken(*KeysOf({key}), RawToken(key, "{}", Named(kid)), options),
                IsRefused(TokenError::kKeyUnknown))
        << kid;
  }
}

TEST(KeyAliasTest, ItIsJudgedAsTheIdIs) {
  const Key key = ForeignKey({"key-1"});
  const Key stranger = PublicKeyFor(KeyUse::kForeign);
  VerifyOptions options = AcceptAll();
  EXPECT_THAT(VerifyToken(*KeysOf({key}), RawToken(stranger, "{}", Named("key-1")), options),
              IsRefused(TokenError::kSignatureInvalid));
  EXPECT_THAT(VerifyToken(*KeysOf({key}), RawToken(LocalKeyFor(KeyUse::kForeign), "{}", Named("key-1")), options),
              IsRefused(TokenError::kKeyUnknown));
  const Key revoked = key.With({KeyUse::kForeign, KeyState::kRevoked, {}, false, {"key-1"}});
  EXPECT_THAT(VerifyToken(*KeysOf({revoked}), RawToken(key, "{}", Named("key-1")), options),
              IsRefused(TokenError::kKeyUnknown));
  options.uses = kOnlyAccess;
  EXPECT_THAT(VerifyToken(*KeysOf({key}), RawToken(key, "{}", Named("key-1")), options),
              IsRefused(TokenError::kNotAccepted));
}

TEST(KeySetTest, OnlyForeignKeysHaveWhatIsForForeignOnes) {
  for (const KeyUse use : {KeyUse::kAccess, KeyUse::kRefresh, KeyUse::kClient}) {
    const Key key = PublicKeyFor(use);
    for (const KeyAttributes& attributes :
         {KeyAttributes{use, KeyState::kActive, {"scope"}}, KeyAttributes{use, KeyState::kActive, {}, true},
          KeyAttributes{use, KeyState::kActive, {}, false, {"key-1"}}}) {
      EXPECT_THAT(KeySet::Create({key.With(attributes)}),
                  StatusIs(absl::StatusCode::kInvalidArgument,
                           AllOf(HasSubstr(key.id().text()), HasSubstr("only for keys of the use foreign"))));
    }
  }
}

TEST(KeySetTest, TwoKeysNeverShareAnAlias) {
  EXPECT_THAT(KeySet::Create({ForeignKey({"key-1"}), ForeignKey({"key-2", "key-1"})}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("two keys have the alias key-1")));
  EXPECT_THAT(KeySet::Create({*ForeignKey({"key-1"}).PublicHalf(), *ForeignKey({"key-2"}).PublicHalf()}), IsOk());
}

TEST(KeySetTest, AnAliasIsShortPlainAndNoPaserkText) {
  EXPECT_THAT(KeySet::Create({ForeignKey({std::string(kMaxAliasBytes, 'x')})}), IsOk());
  EXPECT_THAT(KeySet::Create({ForeignKey({"k4"})}), IsOk());
  for (const std::string& alias : {std::string(), std::string(kMaxAliasBytes + 1, 'x'), std::string("a\"b"),
                                   std::string("a\\b"), std::string("a\nb"), std::string("\xc3\xa4"),
                                   PublicKeyFor(KeyUse::kAccess).id().text(), std::string("k2.local.AAAA")}) {
    EXPECT_THAT(KeySet::Create({ForeignKey({alias})}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("an alias")))
        << alias;
  }
}

TEST(KeyFileTest, ForeignMembersComeBack) {
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const Key key = ForeignKey({"key-1", "key 2"}, /*integer_subject=*/true);
  const absl::StatusOr<std::vector<Key>> again = ParseKeyFile(EncodeKeyFile({key}, access).ReadText(access));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->at(0).attributes().integer_subject);
  EXPECT_EQ(again->at(0).attributes().aliases, key.attributes().aliases);
}

TEST(KeyFileTest, ForeignMembersOfAnotherFormOrUseAreErrors) {
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const SecretBytes paserk = PublicKeyFor(KeyUse::kForeign).Paserk(access);
  const auto parse = [&](absl::string_view use, absl::string_view member) {
    return ParseKeyFile(absl::StrCat(R"({"keys":[{"paserk":")", paserk.ReadText(access), R"(","use":")", use,
                                     R"(","state":"active",)", member, "}]}"));
  };
  const auto is_error = [](absl::string_view rule) {
    return StatusIs(absl::StatusCode::kInvalidArgument, AllOf(HasSubstr("keys[0]"), HasSubstr(std::string(rule))));
  };
  EXPECT_THAT(parse("foreign", R"("integer_subject":1)"), is_error("integer_subject is not true or false"));
  EXPECT_THAT(parse("foreign", R"("aliases":"key-1")"), is_error("aliases is not an array"));
  EXPECT_THAT(parse("foreign", R"("aliases":[1])"), is_error("aliases holds something else than strings"));
  EXPECT_THAT(parse("foreign", R"("aliases":[""])"), is_error("an alias is 1 to 255"));
  EXPECT_THAT(parse("access", R"("aliases":["key-1"])"), is_error("only for keys of the use foreign"));
  EXPECT_THAT(parse("access", R"("integer_subject":true)"), is_error("only for keys of the use foreign"));
  EXPECT_THAT(parse("access", R"("integer_subject":false,"aliases":[])"), IsOk());
}

// A token that was verified under what the entry said is not served once it says something else.
TEST(ForeignKeyCacheTest, AnEntryThatChangedIsReadAgain) {
  const Key key = ForeignKey({"key-1"}, /*integer_subject=*/true);
  KeyRing ring(KeysOf({key}));
  RevocationSet revocations;
  VerifiedTokenCache cache{{}};
  const Trust trust{&ring, &revocations};
  const std::string by_alias = RawToken(key, "{}", Named("key-1"));
  const std::string integer = RawToken(key, R"({"sub":7})", KidFooter(key));
  for (const std::string& text : {by_alias, integer}) EXPECT_THAT(cache.Verify(trust, text, AcceptAll()), IsOk());
  ring.Swap(KeysOf({key.With(Foreign({"key-2"}, /*integer_subject=*/true))}));
  EXPECT_THAT(cache.Verify(trust, by_alias, AcceptAll()), IsRefused(TokenError::kKeyUnknown));
  ring.Swap(KeysOf({key}));
  EXPECT_THAT(cache.Verify(trust, integer, AcceptAll()), IsOk());
  ring.Swap(KeysOf({key.With(Foreign({"key-1"}))}));
  EXPECT_THAT(cache.Verify(trust, integer, AcceptAll()), IsRefused(TokenError::kMalformed));
}

}  // namespace
}  // namespace paseto
