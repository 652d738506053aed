#include "grpc_paseto/core/paseto/secret_bytes.h"

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "gtest/gtest.h"

namespace paseto {
namespace {

template <typename T>
concept Printable = requires(std::ostream& os, const T& value) {
  os << value;
};
template <typename T>
concept ComparableByOperator = requires(const T& value) {
  value == value;
};

static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_convertible_v<std::string, SecretBytes> && !std::is_convertible_v<const char*, SecretBytes>);
static_assert(!Printable<SecretBytes>);
static_assert(!ComparableByOperator<SecretBytes>);
static_assert(!std::is_default_constructible_v<InsecureSecretAccess>, "access is asked for by name: Get()");

std::string Text(const SecretBytes& bytes) { return std::string(bytes.ReadText(InsecureSecretAccess::Get())); }

TEST(SecretBytesTest, HoldsACopyOfItsOwn) {
  std::string source("a\0b", 3);
  const SecretBytes bytes = SecretBytes::CopyFrom(source);
  source.assign("xyz");
  EXPECT_EQ(Text(bytes), std::string("a\0b", 3));
  EXPECT_EQ(bytes.size(), 3u);
}

TEST(SecretBytesTest, MovingLeavesNothingBehind) {
  SecretBytes first = SecretBytes::CopyFrom("secret");
  SecretBytes second = std::move(first);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(first.Read(InsecureSecretAccess::Get()).data(), nullptr);
  EXPECT_EQ(Text(second), "secret");

  SecretBytes third = SecretBytes::CopyFrom("other");
  third = std::move(second);
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(Text(second), "");
  EXPECT_EQ(Text(third), "secret");
}

TEST(SecretBytesTest, ACloneIsIndependent) {
  SecretBytes original = SecretBytes::CopyFrom("secret");
  const SecretBytes clone = original.Clone();
  original.Write(InsecureSecretAccess::Get())[0] = 'S';
  EXPECT_EQ(Text(clone), "secret");
  EXPECT_EQ(Text(original), "Secret");
  EXPECT_TRUE(SecretBytes().Clone().empty());
}

TEST(SecretBytesTest, EqualsComparesSizeAndContents) {
  const SecretBytes bytes = SecretBytes::CopyFrom("secret");
  EXPECT_TRUE(bytes.Equals(SecretBytes::CopyFrom("secret")));
  EXPECT_TRUE(bytes.Equals(bytes));
  EXPECT_FALSE(bytes.Equals(SecretBytes::CopyFrom("secreT")));
  EXPECT_FALSE(bytes.Equals(SecretBytes::CopyFrom("Secret")));
  EXPECT_FALSE(bytes.Equals(SecretBytes::CopyFrom("secre")));
  EXPECT_FALSE(bytes.Equals(SecretBytes()));
  EXPECT_TRUE(SecretBytes().Equals(SecretBytes::CopyFrom("")));
}

TEST(SecretBytesTest, RandomBytesDiffer) {
  const SecretBytes bytes = SecretBytes::Random(32);
  EXPECT_EQ(bytes.size(), 32u);
  EXPECT_FALSE(bytes.Equals(SecretBytes::Random(32)));
  EXPECT_FALSE(bytes.Equals(SecretBytes::Zeroed(32)));
  EXPECT_TRUE(SecretBytes::Random(0).empty());
}

TEST(SecretBytesTest, ZeroedBytesAreZero) {
  EXPECT_EQ(Text(SecretBytes::Zeroed(5)), std::string(5, '\0'));
  EXPECT_TRUE(SecretBytes::Zeroed(0).empty());
}

// sodium_malloc puts the bytes right before a page that nobody may touch; ordinary memory has none.
TEST(SecretBytesDeathTest, TheByteAfterTheEndIsGuarded) {
  const SecretBytes bytes = SecretBytes::CopyFrom("secret");
  const volatile uint8_t* end = bytes.Read(InsecureSecretAccess::Get()).data() + bytes.size();
  EXPECT_DEATH(static_cast<void>(*end), "");
}

}  // namespace
}  // namespace paseto
