// YAML text into a protobuf message, with the line of everything that is wrong.
//
// A YAML mapping is a message or a map, a sequence is a repeated field, a scalar is a scalar. Keys are field names as
// the .proto spells them. Enum values are written by their short lower-case name (REFRESH_BY_CLIENT of enum RefreshBy
// is `client`), google.protobuf.Duration as `90s`, `10m`, `1h30m` or `7d`, bytes in base64 (standard alphabet, padded).
//
// Guarantees: every problem is reported at once; unknown and repeated keys, values of the wrong type or out of range,
// two members of a oneof, empty values, anchors, aliases, tags, merge keys and several documents are problems. Messages
// name keys and never values, which may be secrets. Does not: know which fields are required, or what they mean.
#ifndef GRPC_PASETO_INTERCEPTOR_YAML_YAML_MESSAGE_H_
#define GRPC_PASETO_INTERCEPTOR_YAML_YAML_MESSAGE_H_

#include <google/protobuf/message.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace paseto::interceptor {

// Limits on a document; beyond them nothing is filled.
inline constexpr size_t kMaxYamlBytes = 1024 * 1024;
inline constexpr int kMaxYamlDepth = 16;

struct YamlProblem {
  int line = 0;  // from 1; 0 when it concerns the whole document
  std::string message;

  friend bool operator==(const YamlProblem&, const YamlProblem&) = default;
};

// Where each value stands: "listen[0].tls.certificate_file" or "clients[web].types[1]" -> its line, from 1.
class FieldLines {
 public:
  void Add(std::string path, int line) { lines_.emplace(std::move(path), line); }
  // The line of `path`, or of the nearest thing around it that stands in the document; 0 when nothing does.
  int Find(absl::string_view path) const;
  // True when the text could not be read as YAML at all.
  bool empty() const { return lines_.empty(); }

 private:
  std::map<std::string, int> lines_;
};

// Fills `message`, which is cleared first, and `lines` unless it is null.
// Returns the problems by line; when there are any, `message` holds what could be filled and must not be used as it is.
std::vector<YamlProblem> FillMessageFromYaml(absl::string_view yaml, google::protobuf::Message& message,
                                             FieldLines* lines = nullptr);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_YAML_YAML_MESSAGE_H_
