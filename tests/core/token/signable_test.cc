// CheckSignable computes the size of a token without making it; here it is held against the tokens themselves.
#include <gtest/gtest.h>

#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/tests/core/token/token_test_support.h"

namespace paseto {
namespace {

struct Shape {
  const char* name;
  TokenKind kind;
  bool base64_wrapped;
};

class Signable : public ::testing::TestWithParam<Shape> {
 protected:
  static Key KeyFor(TokenKind kind) {
    const KeyAttributes attributes{KeyUse::kAccess, KeyState::kActive, {}};
    if (kind == kV4Public) return Key(V4SecretKey::Generate(), attributes);
    if (kind == kV4Local) return Key(V4LocalKey::Generate(), attributes);
    if (kind == kV3Public) return Key::Create(V3SecretKey::Generate(), attributes).value();
    return Key(V3LocalKey::Generate(), attributes);
  }
  TokenSpec SpecOf(size_t custom_bytes) const {
    TokenSpec spec = SpecFor(GetParam().kind, KeyUse::kAccess);
    spec.base64_wrapped = GetParam().base64_wrapped;
    spec.claims.custom_json = R"({"a":")" + std::string(custom_bytes, 'x') + R"("})";
    return spec;
  }
  const std::shared_ptr<const KeySet> keys_ = KeysOf({KeyFor(GetParam().kind)});
};

TEST_P(Signable, AgreesWithSignTokenAtTheLimit) {
  size_t low = 0, high = kMaxIssuedTokenBytes;  // signable at low, not at high
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    (CheckSignable(*keys_, SpecOf(middle)).ok() ? low : high) = middle;
  }
  const absl::StatusOr<std::string> longest = SignToken(*keys_, SpecOf(low));
  ASSERT_THAT(longest, IsOk());
  EXPECT_LE(longest->size(), kMaxIssuedTokenBytes);
  EXPECT_GT(longest->size(), kMaxIssuedTokenBytes - 5);
  EXPECT_THAT(SignToken(*keys_, SpecOf(high)), StatusIs(absl::StatusCode::kInvalidArgument));
}

INSTANTIATE_TEST_SUITE_P(Kinds, Signable,
                         ::testing::Values(Shape{"V4Public", kV4Public, false}, Shape{"V4Local", kV4Local, false},
                                           Shape{"V3Public", kV3Public, false}, Shape{"V3Local", kV3Local, false},
                                           Shape{"V4PublicWrapped", kV4Public, true}),
                         [](const auto& info) { return info.param.name; });

TEST(SignableTest, MissingKeyIsNotSignable) {
  EXPECT_THAT(CheckSignable(*KeysOf({}), SpecFor(kV4Public, KeyUse::kAccess)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace paseto
