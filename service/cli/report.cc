#include "grpc_paseto/service/cli/report.h"

#include <simdjson.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace paseto::service {
namespace {

// One line of a table, its cells padded to `widths`.
std::string TableLine(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    absl::StrAppend(&line, cells[i]);
    if (i + 1 < cells.size()) line.append(widths[i] - std::min(widths[i], cells[i].size()) + 2, ' ');
  }
  return line + "\n";
}

// JSON escapes control characters itself; what is not UTF-8 cannot stand in it.
std::string Utf8(absl::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size()) ? std::string(text) : Printable(text);
}

std::string Quoted(absl::string_view text) {
  JsonObjectWriter writer;
  writer.String("t", Utf8(text));
  const std::string object = *std::move(writer).Finish();  // {"t":"..."}
  return object.substr(object.find(':') + 1, object.size() - object.find(':') - 2);
}

}  // namespace

std::string Printable(absl::string_view text) {
  const bool is_utf8 = simdjson::validate_utf8(text.data(), text.size());
  std::string printable(text);
  for (size_t i = 0; i < printable.size(); ++i) {
    const auto byte = static_cast<unsigned char>(printable[i]);
    if ((byte < 0x20 && byte != '\n') || byte == 0x7f || (!is_utf8 && byte >= 0x80)) printable[i] = '?';
    // U+0080 to U+009F are control characters too: C2 80 to C2 9F.
    if (is_utf8 && byte == 0xc2 && static_cast<unsigned char>(printable[i + 1]) < 0xa0) {
      printable[i] = printable[i + 1] = '?';
    }
  }
  return printable;
}

void Report::AddLine(absl::string_view name, absl::string_view text) {
  lines_.emplace_back(absl::StrReplaceAll(name, {{"_", " "}}), absl::StrReplaceAll(Printable(text), {{"\n", "?"}}));
}

void Report::Add(absl::string_view name, absl::string_view text) {
  AddLine(name, text);
  json_.String(name, Utf8(text));
}

void Report::Add(absl::string_view name, bool flag) {
  AddLine(name, flag ? "yes" : "no");
  json_.Bool(name, flag);
}

void Report::Add(absl::string_view name, int64_t number) {
  AddLine(name, absl::StrCat(number));
  json_.Raw(name, absl::StrCat(number));
}

void Report::Add(absl::string_view name, absl::Time time) {
  Add(name, absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()));
}

void Report::Add(absl::string_view name, const std::vector<std::string>& texts) {
  AddLine(name, absl::StrJoin(texts, " "));
  std::vector<std::string> utf8;
  for (const std::string& text : texts) utf8.push_back(Utf8(text));
  json_.Strings(name, utf8);
}

void Report::AddJson(absl::string_view name, absl::string_view json) {
  AddLine(name, json);
  json_.Raw(name, json);
}

void Report::AddTable(absl::string_view name, std::vector<std::string> columns,
                      std::vector<std::vector<std::string>> rows) {
  std::vector<std::string> objects;
  std::vector<size_t> widths;
  for (const std::string& column : columns) widths.push_back(column.size());
  for (const std::vector<std::string>& row : rows) {
    std::vector<std::string> members;
    for (size_t i = 0; i < columns.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
      members.push_back(absl::StrCat(Quoted(columns[i]), ":", Quoted(row[i])));
    }
    objects.push_back(absl::StrCat("{", absl::StrJoin(members, ","), "}"));
  }
  json_.Raw(name, absl::StrCat("[", absl::StrJoin(objects, ","), "]"));
  absl::StrAppend(&tables_, TableLine(columns, widths));
  for (const std::vector<std::string>& row : rows) absl::StrAppend(&tables_, TableLine(row, widths));
}

std::string Report::Text() const {
  if (!only_.empty()) return absl::StrCat(only_, "\n");
  size_t width = 0;
  for (const auto& [name, text] : lines_) width = std::max(width, name.size());
  std::string whole;
  for (const auto& [name, text] : lines_) absl::StrAppend(&whole, TableLine({name, text}, {width}));
  return absl::StrCat(whole, tables_);
}

std::string Report::Json() const { return *JsonObjectWriter(json_).Finish(); }

}  // namespace paseto::service
