// JsonObjectWriter: the text of one JSON object, member after member.
#ifndef GRPC_PASETO_CORE_TOKEN_JSON_OBJECT_WRITER_H_
#define GRPC_PASETO_CORE_TOKEN_JSON_OBJECT_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace paseto {

// Names are the caller's own and need no escapes. Values that are not UTF-8 make Finish fail.
class JsonObjectWriter {
 public:
  JsonObjectWriter() { text_.reserve(kUsualBytes); }

  void String(absl::string_view name, absl::string_view value);
  void Strings(absl::string_view name, const std::vector<std::string>& values);
  void Bool(absl::string_view name, bool value);
  void Number(absl::string_view name, uint64_t value);
  // `json` as it is.
  void Raw(absl::string_view name, absl::string_view json);
  // The members of the object `object_json`, as they are. REQUIRES: it is a JSON object.
  void MembersOf(absl::string_view object_json);

  // Errors: INVALID_ARGUMENT naming the member whose value is not UTF-8.
  absl::StatusOr<std::string> Finish() &&;

 private:
  void Name(absl::string_view name);
  void Value(absl::string_view name, absl::string_view value);

  static constexpr size_t kUsualBytes = 512;  // the claims of most tokens fit, so that the text moves no more
  std::string text_ = "{";
  absl::Status status_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_JSON_OBJECT_WRITER_H_
