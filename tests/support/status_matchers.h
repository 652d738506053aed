// Matchers for absl::Status and absl::StatusOr, in the shape of later Abseil's absl/status/status_matchers.h, which
// replaces this file where it exists.
//
//   EXPECT_THAT(Store(), IsOk());
//   EXPECT_THAT(Load(), IsOkAndHolds(Eq("text")));
//   EXPECT_THAT(Load(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("no such key")));
#ifndef GRPC_PASETO_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define GRPC_PASETO_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace paseto {
namespace status_matchers_internal {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

class IsOkMatcher {
 public:
  void DescribeTo(std::ostream* os) const { *os << "is OK"; }
  void DescribeNegationTo(std::ostream* os) const { *os << "is not OK"; }
  template <typename StatusLike>
  bool MatchAndExplain(const StatusLike& actual, ::testing::MatchResultListener* listener) const {
    *listener << "whose status is " << StatusOf(actual);
    return actual.ok();
  }
};

class StatusIsMatcher {
 public:
  StatusIsMatcher(::testing::Matcher<absl::StatusCode> code, ::testing::Matcher<const std::string&> message)
      : code_(std::move(code)), message_(std::move(message)) {}
  void DescribeTo(std::ostream* os) const {
    *os << "has a status code that ";
    code_.DescribeTo(os);
    *os << " and a message that ";
    message_.DescribeTo(os);
  }
  void DescribeNegationTo(std::ostream* os) const {
    *os << "not (";
    DescribeTo(os);
    *os << ")";
  }
  template <typename StatusLike>
  bool MatchAndExplain(const StatusLike& actual, ::testing::MatchResultListener* listener) const {
    const absl::Status& status = StatusOf(actual);
    *listener << "whose status is " << status;
    return code_.Matches(status.code()) && message_.Matches(std::string(status.message()));
  }

 private:
  ::testing::Matcher<absl::StatusCode> code_;
  ::testing::Matcher<const std::string&> message_;
};

template <typename StatusOrRef>
class HoldsMatcher final : public ::testing::MatcherInterface<StatusOrRef> {
 public:
  using Value = typename std::remove_cv_t<std::remove_reference_t<StatusOrRef>>::value_type;
  template <typename Inner>
  explicit HoldsMatcher(Inner&& inner) : inner_(::testing::SafeMatcherCast<const Value&>(std::forward<Inner>(inner))) {}
  void DescribeTo(std::ostream* os) const override {
    *os << "is OK and holds a value that ";
    inner_.DescribeTo(os);
  }
  bool MatchAndExplain(StatusOrRef actual, ::testing::MatchResultListener* listener) const override {
    if (!actual.ok()) {
      *listener << "whose status is " << actual.status();
      return false;
    }
    *listener << "whose value is " << ::testing::PrintToString(*actual);
    return inner_.MatchAndExplain(*actual, listener);
  }

 private:
  ::testing::Matcher<const Value&> inner_;
};

template <typename Inner>
class IsOkAndHoldsMatcher {
 public:
  explicit IsOkAndHoldsMatcher(Inner inner) : inner_(std::move(inner)) {}
  template <typename StatusOrRef>
  operator ::testing::Matcher<StatusOrRef>() const {  // NOLINT: GoogleMock asks for an implicit conversion
    return ::testing::Matcher<StatusOrRef>(new HoldsMatcher<const std::remove_reference_t<StatusOrRef>&>(inner_));
  }

 private:
  Inner inner_;
};

}  // namespace status_matchers_internal

// Matches an OK Status, and a StatusOr that holds a value.
inline auto IsOk() { return ::testing::MakePolymorphicMatcher(status_matchers_internal::IsOkMatcher()); }

// Matches a StatusOr whose value matches `inner`.
template <typename Inner>
auto IsOkAndHolds(Inner inner) {
  return status_matchers_internal::IsOkAndHoldsMatcher<Inner>(std::move(inner));
}

// Matches a Status or StatusOr by its code and, if given, its message.
inline auto StatusIs(::testing::Matcher<absl::StatusCode> code,
                     ::testing::Matcher<const std::string&> message = ::testing::_) {
  return ::testing::MakePolymorphicMatcher(
      status_matchers_internal::StatusIsMatcher(std::move(code), std::move(message)));
}

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_STATUS_MATCHERS_H_
