// ProblemList: where validation writes down what it finds, with the few checks that many fields share.
#ifndef GRPC_PASETO_SERVICE_CONFIG_PROBLEM_LIST_H_
#define GRPC_PASETO_SERVICE_CONFIG_PROBLEM_LIST_H_

#include <google/protobuf/duration.pb.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/config/validate_config.h"

namespace paseto::service {

class ProblemList {
 public:
  void Add(std::string field, absl::string_view message) {
    problems_.push_back({std::move(field), std::string(message)});
  }

  // Adds "must be from 1s to 30d, not 31d" unless `value` lies in the range, and refuses parts of a second.
  void CheckRange(std::string field, const google::protobuf::Duration& value, absl::Duration min, absl::Duration max);
  // The same with `limit` for the largest value. A value that equals it passes, because that is what defaults do when
  // the limit itself is out of its range, which is reported where it stands; then `max` holds for other values.
  void CheckLimit(std::string field, const google::protobuf::Duration& value, absl::Duration min,
                  const google::protobuf::Duration& limit, absl::Duration max);
  void CheckRange(std::string field, uint64_t value, uint64_t min, uint64_t max);

  std::vector<ConfigProblem> Take() && { return std::move(problems_); }

 private:
  std::vector<ConfigProblem> problems_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_PROBLEM_LIST_H_
