#include "grpc_paseto/core/paseto/pae.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace paseto {
namespace {

template <size_t N>
std::string Bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}

// The examples of PASETO Common, "PAE Definition".
TEST(PaeTest, ExamplesOfTheSpecification) {
  EXPECT_EQ(Pae({}), Bytes("\0\0\0\0\0\0\0\0"));
  EXPECT_EQ(Pae({""}), Bytes("\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
  EXPECT_EQ(Pae({"test"}), Bytes("\1\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0test"));
}

TEST(PaeTest, ABoundaryBetweenPiecesCannotMove) {
  EXPECT_NE(Pae({"ab", "c"}), Pae({"a", "bc"}));
  EXPECT_NE(Pae({"abc", ""}), Pae({"", "abc"}));
  EXPECT_NE(Pae({"abc"}), Pae({"abc", ""}));
}

TEST(PaeTest, Le64IsLittleEndianWithTheTopBitCleared) {
  EXPECT_EQ(Le64(0), Bytes("\0\0\0\0\0\0\0\0"));
  EXPECT_EQ(Le64(255), Bytes("\xff\0\0\0\0\0\0\0"));
  EXPECT_EQ(Le64(256), Bytes("\0\1\0\0\0\0\0\0"));
  EXPECT_EQ(Le64(65536), Bytes("\0\0\1\0\0\0\0\0"));
  EXPECT_EQ(Le64(0x0102030405060708), Bytes("\x08\x07\x06\x05\x04\x03\x02\x01"));
  EXPECT_EQ(Le64(std::numeric_limits<uint64_t>::max()), Bytes("\xff\xff\xff\xff\xff\xff\xff\x7f"));
}

}  // namespace
}  // namespace paseto
