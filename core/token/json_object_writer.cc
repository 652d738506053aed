#include "grpc_paseto/core/token/json_object_writer.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace paseto {
namespace {

bool NeedsEscape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

void AppendEscaped(absl::string_view value, std::string* text) {
  constexpr absl::string_view kHex = "0123456789abcdef";
  while (!value.empty()) {
    const auto special = std::find_if(value.begin(), value.end(), NeedsEscape);
    text->append(value.begin(), special);
    value.remove_prefix(special - value.begin());
    if (value.empty()) return;
    const auto byte = static_cast<unsigned char>(value.front());
    if (byte < 0x20) {
      absl::StrAppend(text, "\\u00", kHex.substr(byte >> 4, 1), kHex.substr(byte & 15, 1));
    } else {
      absl::StrAppend(text, "\\", value.substr(0, 1));
    }
    value.remove_prefix(1);
  }
}

absl::string_view TrimSpace(absl::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == absl::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

void JsonObjectWriter::Name(absl::string_view name) {
  if (text_.size() > 1) text_.push_back(',');
  absl::StrAppend(&text_, "\"", name, "\":");
}

void JsonObjectWriter::Value(absl::string_view name, absl::string_view value) {
  if (!simdjson::validate_utf8(value.data(), value.size())) {
    status_.Update(absl::InvalidArgumentError(absl::StrCat(name, " is not utf-8")));
    return;
  }
  text_.push_back('"');
  AppendEscaped(value, &text_);
  text_.push_back('"');
}

void JsonObjectWriter::String(absl::string_view name, absl::string_view value) {
  Name(name);
  Value(name, value);
}

void JsonObjectWriter::Strings(absl::string_view name, const std::vector<std::string>& values) {
  Name(name);
  text_.push_back('[');
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text_.push_back(',');
    Value(name, values[i]);
  }
  text_.push_back(']');
}

void JsonObjectWriter::Bool(absl::string_view name, bool value) { Raw(name, value ? "true" : "false"); }

void JsonObjectWriter::Number(absl::string_view name, uint64_t value) { Raw(name, absl::StrCat(value)); }

void JsonObjectWriter::Raw(absl::string_view name, absl::string_view json) {
  Name(name);
  absl::StrAppend(&text_, json);
}

void JsonObjectWriter::MembersOf(absl::string_view object_json) {
  object_json = TrimSpace(object_json);
  const absl::string_view members = TrimSpace(object_json.substr(1, object_json.size() - 2));
  if (members.empty()) return;
  if (text_.size() > 1) text_.push_back(',');
  absl::StrAppend(&text_, members);
}

absl::StatusOr<std::string> JsonObjectWriter::Finish() && {
  if (!status_.ok()) return status_;
  text_.push_back('}');
  return std::move(text_);
}

}  // namespace paseto
