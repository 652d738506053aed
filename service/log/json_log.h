// JsonLog: what the service writes about itself, one JSON object per line.
//
//   {"time":"2026-11-23T20:10:00.123Z","level":"info","message":"listening","address":"127.0.0.1:7443"}
//
// Values are escaped, so a value cannot end its line or add a member. No token text is ever given to it.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LOG_JSON_LOG_H_
#define GRPC_PASETO_SERVICE_LOG_JSON_LOG_H_

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/variant.h"

namespace paseto::service {

enum class LogSeverity { kDebug, kInfo, kWarn, kError };

struct LogField {
  absl::string_view name;  // needs no escaping
  absl::variant<absl::string_view, int64_t> value;
};

class JsonLog {
 public:
  // `out` outlives the log; each line is one write to it.
  JsonLog(std::ostream& out, LogSeverity least_severe);
  ~JsonLog();

  bool Writes(LogSeverity severity) const;
  void Write(LogSeverity severity, const std::vector<LogField>& fields) const;
  // A line with a message and more.
  void Message(LogSeverity severity, absl::string_view message, std::vector<LogField> fields = {}) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LOG_JSON_LOG_H_
