#include "grpc_paseto/interceptor/policy/credential.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "grpc_paseto/core/token/assertion.h"

namespace paseto::interceptor {
namespace {

using Form = UntrustedCredential::Form;
using Entries = std::vector<MetadataEntry>;

CredentialShape Bearer() {
  CredentialShape shape;
  shape.metadata_key = "authorization";
  shape.scheme = "bearer";
  return shape;
}

struct Case {
  const char* name;
  absl::string_view value;
  Form form;
  absl::string_view token = "";
};

constexpr absl::string_view kNulInside("Bearer a\0b", 10);

TEST(CredentialTest, ValuesUnderTheBearerScheme) {
  const Case cases[] = {
      {"plain", "Bearer v4.public.abc", Form::kOne, "v4.public.abc"},
      {"lower case", "bearer v4.public.abc", Form::kOne, "v4.public.abc"},
      {"mixed case", "bEaReR v4.public.abc", Form::kOne, "v4.public.abc"},
      {"bytes that no token has are for the verifier to refuse", "Bearer \xff\x01%s", Form::kOne, "\xff\x01%s"},
      {"NUL is a byte as any other", kNulInside, Form::kOne, kNulInside.substr(7)},
      {"empty", "", Form::kMalformed},
      {"scheme alone", "Bearer", Form::kMalformed},
      {"nothing behind the scheme", "Bearer ", Form::kMalformed},
      {"tab", "Bearer\tv4.public.abc", Form::kMalformed},
      {"space in front", " Bearer v4.public.abc", Form::kMalformed},
      {"other scheme", "Basic YTpi", Form::kMalformed},
      {"longer scheme", "Bearers v4.public.abc", Form::kMalformed},
      {"no scheme", "v4.public.abc", Form::kMalformed},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const Entries metadata = {{"user-agent", "x"}, {"authorization", c.value}};
    const UntrustedCredential found = FindCredential(Bearer(), metadata);
    EXPECT_EQ(found.form, c.form);
    EXPECT_EQ(found.token, c.token);
  }
}

TEST(CredentialTest, ValuesWithoutAScheme) {
  CredentialShape shape = Bearer();
  shape.metadata_key = "x-token";
  shape.scheme = "";
  const auto form_of = [&shape](absl::string_view value) {
    return FindCredential(shape, Entries{{"x-token", value}}).form;
  };
  EXPECT_EQ(form_of("v4.public.abc"), Form::kOne);
  EXPECT_EQ(form_of(""), Form::kMalformed);
}

TEST(CredentialTest, RefusedOnesTellWhatTheyWere) {
  EXPECT_EQ(FormOfRefused("v4.public.abc"), Form::kOne);
  EXPECT_EQ(FormOfRefused("YWI+/w=="), Form::kOne);
  EXPECT_EQ(FormOfRefused(" v4.public.abc"), Form::kMalformed) << "two spaces";
  EXPECT_EQ(FormOfRefused("v4.public.abc "), Form::kMalformed) << "space behind";
  EXPECT_EQ(FormOfRefused("v4.public.abc v4.public.abc"), Form::kMalformed) << "second word";
  EXPECT_EQ(FormOfRefused("v4.public.abc, Bearer v4.public.def"), Form::kAmbiguous) << "joined by a proxy";
  EXPECT_EQ(FormOfRefused("v4.public.abc,v4.public.def"), Form::kAmbiguous) << "joined without a space";
  EXPECT_EQ(FormOfRefused("v4.public.abc,"), Form::kAmbiguous) << "comma at the end";
  EXPECT_EQ(FormOfRefused("Bearer v4.public.abc"), Form::kMalformed) << "a scheme where none is expected";
  EXPECT_EQ(FormOfRefused("v4.public.abc\tv4.public.abc"), Form::kMalformed) << "tab inside";
}

TEST(CredentialTest, AbsentKeyIsNone) {
  EXPECT_EQ(FindCredential(Bearer(), Entries{}).form, Form::kNone);
  EXPECT_EQ(FindCredential(Bearer(), Entries{{"authorizatio", "Bearer a"}, {"authorization2", "Bearer a"}}).form,
            Form::kNone);
}

TEST(CredentialTest, TwoValuesAreAmbiguousWhateverTheyAre) {
  EXPECT_EQ(FindCredential(Bearer(), Entries{{"authorization", "Bearer a"}, {"authorization", "Bearer a"}}).form,
            Form::kAmbiguous);
  EXPECT_EQ(FindCredential(Bearer(), Entries{{"authorization", "Bearer a"}, {"authorization", "Basic b"}}).form,
            Form::kAmbiguous);
}

TEST(CredentialTest, SchemeIsCarriedByAnyValueThatStartsWithIt) {
  EXPECT_TRUE(CarriesScheme(Bearer(), Entries{{"authorization", "Basic b"}, {"authorization", "BEARER  broken"}}));
  EXPECT_FALSE(CarriesScheme(Bearer(), Entries{{"authorization", "Basic b"}, {"x", "Bearer a"}}));
}

CredentialShape WithAssertion(AssertionSource source) {
  CredentialShape shape = Bearer();
  shape.assertion = std::move(source);
  return shape;
}

TEST(CallAssertionTest, ComesFromItsSource) {
  const Entries metadata = {{":authority", "shop.test"}, {"x-tenant", "blue"}};
  using Kind = AssertionSource::Kind;
  EXPECT_EQ(CallAssertion(Bearer(), metadata, {}).bytes(), "");
  const CredentialShape fixed = WithAssertion({Kind::kFixed, "as signed", false});
  EXPECT_EQ(CallAssertion(fixed, metadata, {}).bytes(), "as signed");
  const CredentialShape tenant = WithAssertion({Kind::kMetadata, "x-tenant", false});
  EXPECT_EQ(CallAssertion(tenant, metadata, {}).bytes(), CallerAssertion("blue"));
  const CredentialShape raw_tenant = WithAssertion({Kind::kMetadata, "x-tenant", true});
  EXPECT_EQ(CallAssertion(raw_tenant, metadata, {}).bytes(), "blue");
  const CredentialShape authority = WithAssertion({Kind::kAuthority, "", true});
  EXPECT_EQ(CallAssertion(authority, metadata, {}).bytes(), "shop.test");
}

TEST(CallAssertionTest, AbsentSourceGivesTheEmptyAssertion) {
  const CredentialShape tenant = WithAssertion({AssertionSource::Kind::kMetadata, "x-tenant", false});
  const CallAssertion assertion(tenant, Entries{}, {});
  EXPECT_EQ(assertion.bytes(), "");
  EXPECT_FALSE(assertion.ambiguous());
}

TEST(CallAssertionTest, SourceGivenTwiceIsAmbiguous) {
  const CredentialShape tenant = WithAssertion({AssertionSource::Kind::kMetadata, "x-tenant", false});
  const Entries twice = {{"x-tenant", "blue"}, {"x-tenant", "blue"}};
  EXPECT_TRUE(CallAssertion(tenant, twice, {}).ambiguous());
}

}  // namespace
}  // namespace paseto::interceptor
