#include "grpc_paseto/core/token/json_outline.h"

#include "absl/strings/str_cat.h"

namespace paseto {
namespace {

absl::Status NotAnObject() { return absl::InvalidArgumentError("not a json object"); }

bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

absl::string_view Trim(absl::string_view text) {
  while (!text.empty() && IsJsonSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsJsonSpace(text.back())) text.remove_suffix(1);
  return text;
}

// The position of the quote that ends the string that starts at `start`; text.size() when none does.
size_t EndOfString(absl::string_view text, size_t start) {
  size_t i = start + 1;
  while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
  return i < text.size() ? i : text.size();
}

class Outliner {
 public:
  Outliner(absl::string_view text, size_t max_depth, size_t max_keys, std::vector<MemberOutline>* members)
      : text_(text), max_depth_(max_depth), max_keys_(max_keys), members_(members) {}

  absl::Status Run() {
    for (size_t i = 0; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '"') {
        const size_t end = EndOfString(text_, i);
        if (end == text_.size()) return NotAnObject();
        if (depth_ == 1 && value_start_ == 0) raw_name_ = text_.substr(i, end - i + 1);
        i = end;
      } else if (absl::Status status = Structural(c, i); !status.ok()) {
        return status;
      }
    }
    return depth_ == 0 ? absl::OkStatus() : NotAnObject();
  }

 private:
  absl::Status Structural(char c, size_t at) {
    switch (c) {
      case '{':
      case '[':
        if (++depth_ > max_depth_) {
          return absl::InvalidArgumentError(absl::StrCat("json is nested deeper than ", max_depth_, " levels"));
        }
        break;
      case '}':
      case ']':
        if (depth_ == 0) return NotAnObject();
        if (depth_ == 1) EndMember(at);
        --depth_;
        break;
      case ',':
        if (depth_ == 1) EndMember(at);
        break;
      case ':':
        if (++keys_ > max_keys_) {
          return absl::InvalidArgumentError(absl::StrCat("json has more than ", max_keys_, " names"));
        }
        if (depth_ == 1) value_start_ = at + 1;
        break;
      default:
        break;
    }
    return absl::OkStatus();
  }

  void EndMember(size_t end) {
    if (value_start_ == 0) return;
    members_->push_back({raw_name_, Trim(text_.substr(value_start_, end - value_start_))});
    value_start_ = 0;
  }

  const absl::string_view text_;
  const size_t max_depth_;
  const size_t max_keys_;
  std::vector<MemberOutline>* const members_;
  size_t depth_ = 0;
  size_t keys_ = 0;
  size_t value_start_ = 0;  // of the present top-level member; 0 while its name is read
  absl::string_view raw_name_;
};

}  // namespace

absl::Status OutlineObject(absl::string_view text, size_t max_depth, size_t max_keys,
                           std::vector<MemberOutline>* members) {
  members->clear();
  return Outliner(text, max_depth, max_keys, members).Run();
}

}  // namespace paseto
