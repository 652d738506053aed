#include "grpc_paseto/service/log/json_log.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "grpc_paseto/core/token/json_object_writer.h"

namespace paseto::service {
namespace {

spdlog::level::level_enum SpdlogLevel(LogSeverity severity) {
  switch (severity) {
    case LogSeverity::kDebug:
      return spdlog::level::debug;
    case LogSeverity::kInfo:
      return spdlog::level::info;
    case LogSeverity::kWarn:
      return spdlog::level::warn;
    case LogSeverity::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// The members of a JSON object, without the brace before them.
std::string Members(const std::vector<LogField>& fields) {
  JsonObjectWriter writer;
  for (const LogField& field : fields) {
    if (const auto* number = absl::get_if<int64_t>(&field.value); number != nullptr) {
      writer.Raw(field.name, std::to_string(*number));
    } else {
      writer.String(field.name, absl::get<absl::string_view>(field.value));
    }
  }
  const absl::StatusOr<std::string> object = std::move(writer).Finish();
  return object.ok() ? object->substr(1) : R"("message":"a line was left out: its text was not UTF-8"})";
}

}  // namespace

class JsonLog::Impl {
 public:
  Impl(std::ostream& out, LogSeverity least_severe)
      : logger("tokend", std::make_shared<spdlog::sinks::ostream_sink_mt>(out, /*force_flush=*/true)) {
    logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)", spdlog::pattern_time_type::utc));
    logger.set_level(SpdlogLevel(least_severe));
  }
  spdlog::logger logger;
};

JsonLog::JsonLog(std::ostream& out, LogSeverity least_severe) : impl_(std::make_unique<Impl>(out, least_severe)) {}
JsonLog::~JsonLog() = default;

bool JsonLog::Writes(LogSeverity severity) const { return impl_->logger.should_log(SpdlogLevel(severity)); }

void JsonLog::Write(LogSeverity severity, const std::vector<LogField>& fields) const {
  if (!Writes(severity)) return;
  const std::string members = Members(fields);
  impl_->logger.log(SpdlogLevel(severity), spdlog::string_view_t(members.data(), members.size()));
}

void JsonLog::Message(LogSeverity severity, absl::string_view message, std::vector<LogField> fields) const {
  fields.insert(fields.begin(), LogField{"message", message});
  Write(severity, fields);
}

}  // namespace paseto::service
