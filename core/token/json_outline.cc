#include "grpc_paseto/core/token/json_outline.h"

#include <endian.h>

#include <bit>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace paseto {
namespace {

bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

absl::string_view Trim(absl::string_view text) {
  while (!text.empty() && IsJsonSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsJsonSpace(text.back())) text.remove_suffix(1);
  return text;
}

// How many of the eight bytes come before the first quote or backslash.
size_t BytesBeforeQuoteOrBackslash(const char* bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighBits = 0x8080808080808080;
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  word = le64toh(word);
  const uint64_t quote = word ^ (kOnes * '"'), backslash = word ^ (kOnes * '\\');
  // A byte that is zero now was one looked for. Borrowing between bytes marks others too, but only after the first.
  const uint64_t found = (((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash)) & kHighBits;
  return static_cast<size_t>(std::countr_zero(found)) / 8;
}

// The position of the quote that ends the string that starts at `start`; text.size() when none does.
size_t EndOfString(absl::string_view text, size_t start) {
  size_t i = start + 1;
  while (true) {
    size_t plain = 8;
    while (plain == 8 && i + 8 <= text.size()) {
      plain = BytesBeforeQuoteOrBackslash(text.data() + i);
      i += plain;
    }
    while (i < text.size() && text[i] != '"' && text[i] != '\\') ++i;
    if (i >= text.size()) return text.size();
    if (text[i] == '"') return i;
    i += 2;
  }
}

enum class Problem { kNone, kNotAnObject, kTooDeep, kTooManyKeys };

class Outliner {
 public:
  Outliner(absl::string_view text, size_t max_depth, size_t max_keys, std::vector<MemberOutline>* members)
      : text_(text), max_depth_(max_depth), max_keys_(max_keys), members_(members) {}

  Problem Run() {
    for (size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        const size_t end = EndOfString(text_, i);
        if (end == text_.size()) return Problem::kNotAnObject;
        if (depth_ == 1 && value_start_ == 0) raw_name_ = text_.substr(i, end - i + 1);
        i = end;
      } else if (const Problem problem = Structural(text_[i], i); problem != Problem::kNone) {
        return problem;
      }
    }
    return depth_ == 0 ? Problem::kNone : Problem::kNotAnObject;
  }

 private:
  Problem Structural(char c, size_t at) {
    switch (c) {
      case '{':
      case '[':
        return ++depth_ > max_depth_ ? Problem::kTooDeep : Problem::kNone;
      case '}':
      case ']':
        if (depth_ == 0) return Problem::kNotAnObject;
        if (depth_ == 1) EndMember(at);
        --depth_;
        return Problem::kNone;
      case ',':
        if (depth_ == 1) EndMember(at);
        return Problem::kNone;
      case ':':
        if (depth_ == 1) value_start_ = at + 1;
        return ++keys_ > max_keys_ ? Problem::kTooManyKeys : Problem::kNone;
      default:
        return Problem::kNone;
    }
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
  switch (Outliner(text, max_depth, max_keys, members).Run()) {
    case Problem::kNone:
      return absl::OkStatus();
    case Problem::kTooDeep:
      return absl::InvalidArgumentError(absl::StrCat("json is nested deeper than ", max_depth, " levels"));
    case Problem::kTooManyKeys:
      return absl::InvalidArgumentError(absl::StrCat("json has more than ", max_keys, " names"));
    case Problem::kNotAnObject:
      break;
  }
  return absl::InvalidArgumentError("not a json object");
}

}  // namespace paseto
