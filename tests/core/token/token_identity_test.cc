#include "grpc_paseto/core/token/token_identity.h"

#include <gtest/gtest.h>

#include <string>

namespace paseto {
namespace {

// Sizes on both sides of every stride that the comparison takes.
TEST(SameBytesTest, EachBitOfEachByteCounts) {
  for (size_t size = 0; size <= 200; ++size) {
    std::string kept(size, 'k');
    for (size_t i = 0; i < size; ++i) kept[i] = static_cast<char>(i * 7);
    std::string presented = kept;
    EXPECT_TRUE(SameBytes(kept, presented)) << size;
    for (size_t bit = 0; bit < 8 * size; ++bit) {
      presented[bit / 8] ^= static_cast<char>(1 << bit % 8);
      EXPECT_FALSE(SameBytes(kept, presented)) << "bit " << bit << " of " << size << " bytes";
      presented[bit / 8] ^= static_cast<char>(1 << bit % 8);
    }
  }
}

TEST(SameBytesTest, AnotherLengthIsNotTheSame) {
  const std::string text(64, 'x');
  EXPECT_FALSE(SameBytes(text, text + "x"));
  EXPECT_FALSE(SameBytes(text + std::string(1, '\0'), text));
  EXPECT_FALSE(SameBytes("", "x"));
}

}  // namespace
}  // namespace paseto
