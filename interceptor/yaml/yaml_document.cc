#include "grpc_paseto/interceptor/yaml/yaml_document.h"

#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace paseto::interceptor {
namespace {

int LineOf(const YAML::Mark& mark) { return mark.is_null() ? 0 : mark.line + 1; }

// Thrown through yaml-cpp by TreeBuilder, caught below.
struct TooDeep {
  int line;
};

// Builds the tree from yaml-cpp's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::vector<YamlProblem>& problems) : problems_(problems) {}

  absl::optional<YamlNode> TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Refuse(mark, "", anchor);
    Attach({.kind = YamlNode::Kind::kEmpty, .line = LineOf(mark)});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    problems_.push_back(
        {LineOf(mark), "aliases are not allowed; write the value out, or quote it if it begins with *"});
    Attach({.kind = YamlNode::Kind::kRefused, .line = LineOf(mark)});
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Refuse(mark, tag, anchor);
    Attach({.kind = YamlNode::Kind::kScalar, .line = LineOf(mark), .text = value, .quoted = tag != "?"});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kMapping, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  void Refuse(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) {
      problems_.push_back({LineOf(mark), "anchors are not allowed; quote the value if it begins with &"});
    }
    // yaml-cpp says "?" for plain text, "!" for quoted text, and nothing or "?" for collections.
    if (!tag.empty() && tag != "?" && tag != "!") {
      problems_.push_back({LineOf(mark), "tags are not allowed; quote the value if it begins with !"});
    }
  }
  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (open_.size() >= static_cast<size_t>(kMaxYamlDepth)) throw TooDeep{LineOf(mark)};
    Refuse(mark, tag, anchor);
    open_.push_back({.kind = kind, .line = LineOf(mark)});
  }
  void Close() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    Attach(std::move(node));
  }
  void Attach(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    YamlNode& parent = open_.back();
    const bool in_mapping = parent.kind == YamlNode::Kind::kMapping;
    const bool is_key = in_mapping && parent.keys.size() == parent.children.size();
    // yaml-cpp places an empty value where the next thing stands.
    if (node.kind == YamlNode::Kind::kEmpty && in_mapping && !is_key) node.line = parent.keys.back().line;
    (is_key ? parent.keys : parent.children).push_back(std::move(node));
  }

  std::vector<YamlProblem>& problems_;
  std::vector<YamlNode> open_;
  absl::optional<YamlNode> root_;
};

// yaml-cpp stops silently at some control characters and passes broken UTF-8 on.
absl::optional<YamlProblem> FindForeignBytes(absl::string_view yaml) {
  int line = 1;
  for (const char c : yaml) {
    if (c == '\n') ++line;
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f) {
      return YamlProblem{line, absl::StrCat("control character 0x", absl::Hex(byte, absl::kZeroPad2),
                                            "; write it as an escape in double quotes if it is meant")};
    }
  }
  if (!simdjson::validate_utf8(yaml.data(), yaml.size())) return YamlProblem{0, "the document is not UTF-8"};
  return absl::nullopt;
}

// yaml-cpp's sentence without what it quotes from the document.
std::string WithoutQuotation(const std::string& message) { return message.substr(0, message.find(':')); }

void Parse(absl::string_view yaml, YamlDocument& document) {
  TreeBuilder builder(document.problems);
  try {
    // yaml-cpp accepts a quote that is still open when the text ends with a newline, and swallows what follows it. A
    // comment at the end turns that into the error that it is, and changes nothing else.
    std::istringstream in{absl::StrCat(yaml, absl::EndsWith(yaml, "\n") ? "#" : "\n#")};
    YAML::Parser parser(in);
    parser.HandleNextDocument(builder);
    absl::optional<YamlNode> root = builder.TakeRoot();
    if (parser.HandleNextDocument(builder)) {
      absl::optional<YamlNode> second = builder.TakeRoot();
      document.problems.push_back(
          {second.has_value() ? second->line : 0, "a second document begins; the file may hold only one"});
    }
    document.root = std::move(root);
  } catch (const TooDeep& error) {
    document.problems.push_back({error.line, absl::StrCat("nested deeper than ", kMaxYamlDepth, " levels")});
  } catch (const YAML::Exception& error) {
    document.problems.push_back({LineOf(error.mark), absl::StrCat("not valid YAML: ", WithoutQuotation(error.msg))});
  }
}

}  // namespace

YamlDocument ReadYamlDocument(absl::string_view yaml) {
  YamlDocument document;
  if (yaml.size() > kMaxYamlBytes) {
    document.problems.push_back(
        {0, absl::StrCat("the document has ", yaml.size(), " bytes, more than ", kMaxYamlBytes)});
  } else if (absl::optional<YamlProblem> problem = FindForeignBytes(yaml)) {
    document.problems.push_back(*std::move(problem));
  } else {
    Parse(yaml, document);
    if (document.problems.empty() && !document.root.has_value()) {
      document.problems.push_back({0, "the document is empty"});
    }
  }
  return document;
}

}  // namespace paseto::interceptor
