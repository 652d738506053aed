// One YAML document as a tree with line numbers. The only place that knows yaml-cpp, whose exceptions end here.
#ifndef GRPC_PASETO_INTERCEPTOR_YAML_YAML_DOCUMENT_H_
#define GRPC_PASETO_INTERCEPTOR_YAML_YAML_DOCUMENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "grpc_paseto/interceptor/yaml/yaml_message.h"

namespace paseto::interceptor {

struct YamlNode {
  enum class Kind {
    kEmpty,     // nothing, ~ or null
    kScalar,    // text
    kSequence,  // children
    kMapping,   // keys[i] stands for children[i]
    kRefused,   // an alias; a problem says so already
  };
  Kind kind = Kind::kEmpty;
  int line = 0;         // from 1
  std::string text{};   // kScalar
  bool quoted = false;  // kScalar: in quotes or a block, so never a number or a boolean
  std::vector<YamlNode> keys{};
  std::vector<YamlNode> children{};
};

struct YamlDocument {
  absl::optional<YamlNode> root;  // nullopt when the text cannot be read as YAML
  std::vector<YamlProblem> problems;
};

// Reads the one document in `yaml`. Problems: the limits, characters that are not text, syntax, a second document, and
// every anchor, alias and tag.
YamlDocument ReadYamlDocument(absl::string_view yaml);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_YAML_YAML_DOCUMENT_H_
