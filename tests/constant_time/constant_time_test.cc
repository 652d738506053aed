// Which branches depend on secrets: valgrind's memcheck is told that the secrets are undefined, and reports every jump
// and every address that depends on them (the method of "ctgrind"). One branch is allowed, the verdict, which is public
// as soon as it is given. Runs under valgrind only.
#include <gtest/gtest.h>
#include <valgrind/memcheck.h>

#include "absl/functional/function_ref.h"
#include "grpc_paseto/core/paseto/paserk_wrap.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v4_local.h"
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

// Opens `genuine` with another end of its tag, with `key` marked secret. Only the tag: what OpenSSL does with the
// counter that a good token of v3 derives is not ours.
template <typename Key, typename Open>
void ExpectTagsAreCompared(const Key& key, const std::string& genuine, const Open& open) {
  std::string forged = genuine;
  char& near_its_end = forged[forged.size() - 6];
  near_its_end = near_its_end == 'A' ? 'B' : 'A';
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(forged);
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

TEST_F(ConstantTime, TagsOfWrappedKeysAreCompared) {
  const V4LocalKey wrapping_key = V4LocalKey::Generate();
  const std::string text = PaserkWrap(wrapping_key, V4LocalKey::Generate());
  MarkSecret(Secret(wrapping_key.secret()));
  EXPECT_LE(DependentBranches([&] { (void)PaserkUnwrap<V4LocalKey>(wrapping_key, text); }), 1u);
}

}  // namespace
}  // namespace paseto
