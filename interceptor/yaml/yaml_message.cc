#include "grpc_paseto/interceptor/yaml/yaml_message.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/interceptor/yaml/nearest_name.h"
#include "grpc_paseto/interceptor/yaml/scalar_field.h"
#include "grpc_paseto/interceptor/yaml/yaml_document.h"

namespace paseto::interceptor {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;

// A key as it may be printed: short, and nothing but printable characters.
std::string Printable(absl::string_view key) {
  constexpr size_t kLongest = 256;  // full names of methods are long
  return absl::StrCat(absl::Utf8SafeCHexEscape(key.substr(0, kLongest)), key.size() > kLongest ? "..." : "");
}

std::string Below(const std::string& path, absl::string_view name) {
  return path.empty() ? std::string(name) : absl::StrCat(path, ".", name);
}

std::string UnknownKey(absl::string_view key, const Descriptor& type) {
  std::vector<std::string> known;
  known.reserve(type.field_count());
  for (int i = 0; i < type.field_count(); ++i) known.emplace_back(type.field(i)->name());
  const std::string nearest = NearestName(key, known);
  if (!nearest.empty()) return absl::StrCat("unknown key; did you mean ", nearest, "?");
  return absl::StrCat("unknown key; known here: ", absl::StrJoin(known, ", "));
}

class Filler {
 public:
  Filler(std::vector<YamlProblem>& problems, FieldLines* lines) : problems_(problems), lines_(lines) {}

  void FillMessage(const YamlNode& node, const std::string& path, Message& message) {
    if (!Expect(node, YamlNode::Kind::kMapping, path, "must be a mapping of keys to values; {} is the empty one"))
      return;
    absl::flat_hash_map<const OneofDescriptor*, std::string> members;
    ForEachKey(node, path, [&](const YamlNode& key, const YamlNode& value) {
      const std::string below = Below(path, Printable(key.text));
      const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(key.text);
      if (field == nullptr) return Report(key, below, UnknownKey(key.text, *message.GetDescriptor()));
      if (const OneofDescriptor* oneof = field->real_containing_oneof()) {
        const auto [other, first] = members.emplace(oneof, key.text);
        if (!first) return Report(key, below, absl::StrCat("only one of this and ", other->second, " may be given"));
      }
      Note(below, key);
      FillField(value, below, *field, message);
    });
  }

 private:
  void FillField(const YamlNode& node, const std::string& path, const FieldDescriptor& field, Message& message) {
    if (field.is_map()) return FillMap(node, path, field, message);
    if (!field.is_repeated()) return FillOne(node, path, field, message);
    if (!Expect(node, YamlNode::Kind::kSequence, path, "must be a list; [] is the empty one")) return;
    for (size_t i = 0; i < node.children.size(); ++i) {
      const std::string below = absl::StrCat(path, "[", i, "]");
      Note(below, node.children[i]);
      FillOne(node.children[i], below, field, message);
    }
  }

  // One value: that of a singular field, or one more of a repeated one.
  void FillOne(const YamlNode& node, const std::string& path, const FieldDescriptor& field, Message& message) {
    if (IsScalarField(field)) {
      if (!Expect(node, YamlNode::Kind::kScalar, path, "must be a single value")) return;
      if (const std::string complaint = StoreScalar(node, field, message); !complaint.empty()) {
        Report(node, path, complaint);
      }
      return;
    }
    const auto* reflection = message.GetReflection();
    FillMessage(node, path,
                field.is_repeated() ? *reflection->AddMessage(&message, &field)
                                    : *reflection->MutableMessage(&message, &field));
  }

  void FillMap(const YamlNode& node, const std::string& path, const FieldDescriptor& field, Message& message) {
    if (!Expect(node, YamlNode::Kind::kMapping, path, "must be a mapping of keys to values; {} is the empty one"))
      return;
    ForEachKey(node, path, [&](const YamlNode& key, const YamlNode& value) {
      const std::string below = absl::StrCat(path, "[", Printable(key.text), "]");
      Note(below, key);
      Message& entry = *message.GetReflection()->AddMessage(&message, &field);
      const std::string complaint = StoreScalar(key, *entry.GetDescriptor()->map_key(), entry);
      if (!complaint.empty()) Report(key, below, absl::StrCat("the key ", complaint));
      FillOne(value, below, *entry.GetDescriptor()->map_value(), entry);
    });
  }

  // Calls `fill` with every key that is a text of its own and stands there for the first time, and with its value.
  template <typename Fill>
  void ForEachKey(const YamlNode& node, const std::string& path, Fill fill) {
    absl::flat_hash_map<std::string, int> seen;
    for (size_t i = 0; i < node.keys.size(); ++i) {
      const YamlNode& key = node.keys[i];
      if (key.kind == YamlNode::Kind::kRefused) continue;
      if (key.kind != YamlNode::Kind::kScalar || (key.text == "<<" && !key.quoted)) {
        Report(key, path, "every key must be a plain name");
        continue;
      }
      const auto [other, first] = seen.emplace(key.text, key.line);
      if (!first) {
        Report(key, Below(path, Printable(key.text)), absl::StrCat("stands on line ", other->second, " already"));
        continue;
      }
      fill(key, node.children[i]);
    }
  }

  bool Expect(const YamlNode& node, YamlNode::Kind kind, const std::string& path, absl::string_view complaint) {
    if (node.kind == kind) return true;
    if (node.kind == YamlNode::Kind::kEmpty) {
      Report(node, path, absl::StrCat("has no value and ", complaint, "; leave the key out for its default"));
    } else if (node.kind != YamlNode::Kind::kRefused) {
      Report(node, path, complaint);
    }
    return false;
  }

  void Report(const YamlNode& node, const std::string& path, absl::string_view complaint) {
    problems_.push_back({node.line, absl::StrCat(path.empty() ? "the document" : path, ": ", complaint)});
  }
  void Note(const std::string& path, const YamlNode& node) {
    if (lines_ != nullptr) lines_->Add(path, node.line);
  }

  std::vector<YamlProblem>& problems_;
  FieldLines* lines_;
};

}  // namespace

int FieldLines::Find(absl::string_view path) const {
  while (!path.empty()) {
    const auto found = lines_.find(std::string(path));
    if (found != lines_.end()) return found->second;
    const size_t last_part = path.find_last_of(".[");
    path = path.substr(0, last_part == absl::string_view::npos ? 0 : last_part);
  }
  return 0;
}

std::vector<YamlProblem> FillMessageFromYaml(absl::string_view yaml, Message& message, FieldLines* lines) {
  message.Clear();
  YamlDocument document = ReadYamlDocument(yaml);
  std::vector<YamlProblem> problems = std::move(document.problems);
  if (document.root.has_value()) {
    if (lines != nullptr) lines->Add("", document.root->line);
    Filler(problems, lines).FillMessage(*document.root, "", message);
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const YamlProblem& a, const YamlProblem& b) { return a.line < b.line; });
  return problems;
}

}  // namespace paseto::interceptor
