// Report: what a command found out, once, to be shown as a table for people or as JSON for scripts.
#ifndef GRPC_PASETO_SERVICE_CLI_REPORT_H_
#define GRPC_PASETO_SERVICE_CLI_REPORT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/json_object_writer.h"

namespace paseto::service {

// `text` without what could steer a terminal: every control character, and every byte that is not UTF-8, as '?'.
std::string Printable(absl::string_view text);

class Report {
 public:
  // Members in the order in which they are to appear. Names are snake_case and never change: scripts read them.
  void Add(absl::string_view name, absl::string_view text);
  void Add(absl::string_view name, const char* text) { Add(name, absl::string_view(text)); }
  void Add(absl::string_view name, const std::string& text) { Add(name, absl::string_view(text)); }
  void Add(absl::string_view name, bool flag);
  void Add(absl::string_view name, int64_t number);
  void Add(absl::string_view name, absl::Time time);  // RFC 3339 in UTC, whole seconds
  void Add(absl::string_view name, const std::vector<std::string>& texts);
  // REQUIRES: `json` is one JSON value.
  void AddJson(absl::string_view name, absl::string_view json);
  // A list of objects; each row has a text per column.
  void AddTable(absl::string_view name, std::vector<std::string> columns, std::vector<std::vector<std::string>> rows);

  // What people see instead of the members: one text that they want to pipe on, such as a token.
  void ShowOnly(std::string text) { only_ = std::move(text); }
  // A remark for people; scripts do not see it.
  void Note(std::string text) { notes_.push_back(std::move(text)); }

  std::string Text() const;  // ends with a newline
  std::string Json() const;  // one object, on one line
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void AddLine(absl::string_view name, absl::string_view text);
  std::vector<std::pair<std::string, std::string>> lines_;
  std::string tables_;  // after the lines
  JsonObjectWriter json_;
  std::string only_;
  std::vector<std::string> notes_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CLI_REPORT_H_
