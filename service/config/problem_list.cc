#include "grpc_paseto/service/config/problem_list.h"

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/yaml/duration_text.h"
#include "grpc_paseto/service/config/durations.h"

namespace paseto::service {

using interceptor::FormatDurationText;

void ProblemList::CheckRange(std::string field, const google::protobuf::Duration& value, absl::Duration min,
                             absl::Duration max) {
  const absl::Duration duration = ToAbslDuration(value);
  if (duration < min || duration > max) {
    Add(std::move(field), absl::StrCat("must be from ", FormatDurationText(min), " to ", FormatDurationText(max),
                                       ", not ", FormatDurationText(duration)));
  } else if (value.nanos() != 0) {
    Add(std::move(field), "must be whole seconds");
  }
}

void ProblemList::CheckLimit(std::string field, const google::protobuf::Duration& value, absl::Duration min,
                             const google::protobuf::Duration& limit, absl::Duration max) {
  const absl::Duration largest = ToAbslDuration(limit);
  if (ToAbslDuration(value) == largest) return;
  CheckRange(std::move(field), value, min, largest >= min && largest <= max ? largest : max);
}

void ProblemList::CheckRange(std::string field, uint64_t value, uint64_t min, uint64_t max) {
  if (value < min || value > max) {
    Add(std::move(field), absl::StrCat("must be from ", min, " to ", max, ", not ", value));
  }
}

}  // namespace paseto::service
