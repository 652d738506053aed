// FieldRules: what the fields of a request must be. Every rule has one sentence, which names the field and the limit.
#ifndef GRPC_PASETO_SERVICE_API_FIELD_RULES_H_
#define GRPC_PASETO_SERVICE_API_FIELD_RULES_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/repeated_ptr_field.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace paseto::service {

// Collects the first rule that a request breaks; the later ones are not judged.
class FieldRules {
 public:
  FieldRules& Length(absl::string_view field, absl::string_view value, size_t least, size_t most);
  FieldRules& EachLength(absl::string_view field, const google::protobuf::RepeatedPtrField<std::string>& values,
                         int most_values, size_t most);
  FieldRules& Scopes(const google::protobuf::RepeatedPtrField<std::string>& scopes);
  FieldRules& AtLeastOneSecond(absl::string_view field, const google::protobuf::Duration& duration);
  FieldRules& IsInstant(absl::string_view field, const google::protobuf::Timestamp& timestamp);
  // `rule` when `holds` is false.
  FieldRules& Check(bool holds, absl::string_view field, absl::string_view rule);
  // `status`'s sentence when it is an error.
  FieldRules& Check(const absl::Status& status, absl::string_view field);

  // OK, or request_invalid.
  const absl::Status& status() const { return status_; }

 private:
  absl::Status status_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_API_FIELD_RULES_H_
