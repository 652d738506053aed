// Which branches depend on secrets: valgrind's memcheck is told that the secrets are undefined, and reports every jump
// and every address that depends on them (the method of "ctgrind"). One branch is allowed, the verdict, which is public
// as soon as it is given. Runs under valgrind only.
#include <gtest/gtest.h>
#include <valgrind/memcheck.h>

#include <cstring>
#include <string>

#include "absl/functional/function_ref.h"
#include "grpc_paseto/core/legacy/v1_local.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/core/paseto/paserk_seal.h"
#include "grpc_paseto/core/paseto/paserk_wrap.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/token_identity.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/service/session/refresh_tag.h"

namespace paseto {
namespace {

void MarkSecret(absl::string_view bytes) { (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes.data(), bytes.size()); }

absl::string_view Secret(const SecretBytes& bytes) { return bytes.ReadText(InsecureSecretAccess::Get()); }

// How often `act` let a secret decide where it went.
unsigned DependentBranches(absl::FunctionRef<void()> act) {
  const unsigned before = VALGRIND_COUNT_ERRORS;
  act();
  return VALGRIND_COUNT_ERRORS - before;
}

class ConstantTime : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(RUNNING_ON_VALGRIND) << "run this program by valgrind"; }
};

// The comparison that nobody may write, to see that it would be seen. Not memcmp, which valgrind replaces.
bool LeakyEquals(absl::string_view a, absl::string_view b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

TEST_F(ConstantTime, ALeakyComparisonIsSeen) {
  const SecretBytes a = SecretBytes::Random(32);
  const SecretBytes b = a.Clone();
  MarkSecret(Secret(a));
  EXPECT_GT(DependentBranches([&] { LeakyEquals(Secret(a), Secret(b)); }), 1u);
}

TEST_F(ConstantTime, KeysAreCompared) {
  const SecretBytes a = SecretBytes::Random(32);
  const SecretBytes same = a.Clone();
  const SecretBytes other = SecretBytes::Random(32);
  MarkSecret(Secret(a));
  for (const SecretBytes* b : {&same, &other}) {
    EXPECT_LE(DependentBranches([&] { (void)a.Equals(*b); }), 1u);
  }
}

TEST_F(ConstantTime, RefreshTagsAreCompared) {
  service::Session session;
  session.id = SessionId("s");
  session.client = ClientId("web");
  session.secret = std::string(32, 'k');
  const std::string right = service::RefreshTag(session, 1, {});
  const std::string wrong(right.size(), 't');
  MarkSecret(session.secret);
  for (const std::string& tag : {right, wrong}) {
    EXPECT_LE(DependentBranches([&] { (void)service::RefreshTagMatches(session, 1, {}, tag); }), 1u);
  }
}

// `text` with another character at `at`.
std::string Forged(std::string text, size_t at) {
  text[at] = text[at] == 'A' ? 'B' : 'A';
  return text;
}

// Opens `genuine` with another end of its tag, with `key` marked secret. Only the tag: what OpenSSL does with the
// counter that a good token of v3 derives is not ours.
template <typename Key, typename Open>
void ExpectTagsAreCompared(const Key& key, const std::string& genuine, const Open& open) {
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::ParseAllowingLegacy(Forged(genuine, genuine.size() - 6));
  ASSERT_TRUE(token.ok()) << token.status();
  MarkSecret(Secret(key.secret()));
  EXPECT_EQ(DependentBranches([&] { (void)open(key, *token, ""); }), 1u);
}

TEST_F(ConstantTime, TagsOfV4LocalAreCompared) {
  const V4LocalKey key = V4LocalKey::Generate();
  ExpectTagsAreCompared(key, V4LocalSeal(key, "message", "", ""), V4LocalOpen);
}

TEST_F(ConstantTime, TagsOfV3LocalAreCompared) {
  const V3LocalKey key = V3LocalKey::Generate();
  ExpectTagsAreCompared(key, V3LocalSeal(key, "message", "", ""), V3LocalOpen);
}

TEST_F(ConstantTime, TagsOfV1LocalAreCompared) {
  const LegacyWriting allowed = LegacyWriting::Allow();
  const V1LocalKey key = V1LocalKey::Generate(allowed);
  ExpectTagsAreCompared(key, V1LocalSeal(key, "message", "", allowed),
                        [](const V1LocalKey& k, const UntrustedToken& token, auto) { return V1LocalOpen(k, token); });
}

TEST_F(ConstantTime, TagsOfWrappedKeysOfVersion3AreCompared) {
  const V3LocalKey wrapping_key = V3LocalKey::Generate();
  const std::string forged =  // the tag comes first
      Forged(PaserkWrap(wrapping_key, V3LocalKey::Generate()), strlen("k3.local-wrap.pie.") + 6);
  MarkSecret(Secret(wrapping_key.secret()));
  EXPECT_EQ(DependentBranches([&] { (void)PaserkUnwrap<V3LocalKey>(wrapping_key, forged); }), 1u);
}

// Of version 3: Argon2id, in version 4, reads memory where the password leads it. What compares is the same template.
TEST_F(ConstantTime, TagsUnderPasswordsAreCompared) {
  const std::string password = "correct horse";
  const std::string text = PaserkPasswordWrap(V3LocalKey::Generate(), password, {1}).value();
  const std::string forged = Forged(text, text.size() - 6);
  MarkSecret(password);
  EXPECT_EQ(DependentBranches([&] { (void)PaserkPasswordUnwrap<V3LocalKey>(forged, password); }), 1u);
}

// Of version 4: in version 3 the secret number is inside OpenSSL. What compares is the same template. A second verdict
// is whether the ephemeral key was of small order.
TEST_F(ConstantTime, TagsOfSealedKeysAreCompared) {
  const V4SecretKey recipient = V4SecretKey::Generate();
  const std::string forged =  // the tag comes first
      Forged(PaserkSeal(recipient.public_key(), V4LocalKey::Generate()).value(), strlen("k4.seal.") + 6);
  MarkSecret(Secret(recipient.secret()).substr(0, 32));  // the seed; the public half behind it is no secret
  EXPECT_EQ(DependentBranches([&] { (void)PaserkUnseal(recipient, forged); }), 2u);
}

TEST_F(ConstantTime, CachedTokensAreCompared) {
  const std::string kept = "v4.public.of-a-caller-whose-token-is-cached", same = kept;
  KeptIdentity identity;
  identity.Assign({nullptr, nullptr, kept, "", false});
  for (size_t at : {size_t{0}, kept.size() - 1, kept.size()}) {
    const std::string presented = at < kept.size() ? Forged(same, at) : same;
    MarkSecret(presented);
    EXPECT_LE(DependentBranches([&] { (void)SameBytes(kept, presented); }), 1u);
    EXPECT_EQ(DependentBranches([&] { (void)identity.Is({nullptr, nullptr, presented, "", false}); }), 1u);
  }
}

TEST_F(ConstantTime, ExpectedFootersAreCompared) {
  const Key key(V4LocalKey::Generate(), KeyAttributes{});
  const auto keys = KeySet::Create({key}).value();
  const std::string text = V4LocalSeal(*key.v4_local(), R"({"sub":"a"})", "the footer", "");
  const TokenKind accept[] = {kV4Local};
  const KeyUse uses[] = {KeyUse::kAccess};
  for (size_t at : {size_t{0}, size_t{9}, size_t{10}}) {
    const std::string expected = at < 10 ? Forged("the footer", at) : "the footer";
    MarkSecret(expected);
    const VerifyOptions options{.accept = accept, .uses = uses, .expected_footer = expected};
    EXPECT_EQ(DependentBranches([&] { (void)VerifyToken(*keys, text, options); }), 1u);
  }
}

TEST_F(ConstantTime, TagsOfWrappedKeysAreCompared) {
  const V4LocalKey wrapping_key = V4LocalKey::Generate();
  const std::string text = PaserkWrap(wrapping_key, V4LocalKey::Generate());
  MarkSecret(Secret(wrapping_key.secret()));
  EXPECT_LE(DependentBranches([&] { (void)PaserkUnwrap<V4LocalKey>(wrapping_key, text); }), 1u);
}

}  // namespace
}  // namespace paseto
