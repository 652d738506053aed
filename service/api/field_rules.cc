#include "grpc_paseto/service/api/field_rules.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/service/api/limits.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

constexpr int32_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kFirstInstantSeconds = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastInstantSeconds = 253'402'300'799;   // 9999-12-31T23:59:59Z

bool AreNanos(int32_t nanos) { return nanos >= 0 && nanos < kNanosPerSecond; }

// RFC 6749 section 3.3: NQCHAR.
bool IsScopeCharacter(char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; }

bool IsScope(const std::string& scope) {
  return !scope.empty() && scope.size() <= kLongestScope && std::all_of(scope.begin(), scope.end(), IsScopeCharacter);
}

}  // namespace

FieldRules& FieldRules::Check(bool holds, absl::string_view field, absl::string_view rule) {
  if (!holds && status_.ok()) status_ = RequestInvalid(field, rule);
  return *this;
}

FieldRules& FieldRules::Check(const absl::Status& status, absl::string_view field) {
  return Check(status.ok(), field, status.message());
}

FieldRules& FieldRules::Length(absl::string_view field, absl::string_view value, size_t least, size_t most) {
  if (value.size() >= least && value.size() <= most) return *this;
  if (least == 0) return Check(false, field, absl::StrCat("must be at most ", most, " bytes"));
  return Check(false, field, absl::StrCat("must be ", least, " to ", most, " bytes"));
}

FieldRules& FieldRules::EachLength(absl::string_view field,
                                   const google::protobuf::RepeatedPtrField<std::string>& values, int most_values,
                                   size_t most) {
  if (values.size() > most_values) Check(false, field, absl::StrCat("must have at most ", most_values, " entries"));
  for (const std::string& value : values) {
    const bool fits = !value.empty() && value.size() <= most;
    if (!fits) return Check(false, field, absl::StrCat("each must be 1 to ", most, " bytes"));
  }
  return *this;
}

FieldRules& FieldRules::Scopes(const google::protobuf::RepeatedPtrField<std::string>& scopes) {
  if (scopes.size() > kMostRequestedScopes) {
    Check(false, "scopes", absl::StrCat("must have at most ", kMostRequestedScopes, " entries"));
  }
  if (std::all_of(scopes.begin(), scopes.end(), IsScope)) return *this;
  return Check(false, "scopes",
               absl::StrCat("each must be 1 to ", kLongestScope,
                            " bytes of printable ASCII without spaces, quotation marks and backslashes"));
}

FieldRules& FieldRules::AtLeastOneSecond(absl::string_view field, const google::protobuf::Duration& duration) {
  const bool fits =
      duration.seconds() >= 1 && duration.seconds() <= kLongestDurationSeconds && AreNanos(duration.nanos());
  return Check(fits, field, "must be a duration of at least 1 second");
}

FieldRules& FieldRules::IsInstant(absl::string_view field, const google::protobuf::Timestamp& timestamp) {
  const bool fits = timestamp.seconds() >= kFirstInstantSeconds && timestamp.seconds() <= kLastInstantSeconds &&
                    AreNanos(timestamp.nanos());
  return Check(fits, field, "must be an instant in the years 1 to 9999");
}

}  // namespace paseto::service
