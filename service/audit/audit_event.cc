#include "grpc_paseto/service/audit/audit_event.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/json_object_writer.h"

namespace paseto::service {
namespace {

std::string Rfc3339(absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone()); }

}  // namespace

std::string AuditBody(const AuditEvent& event) {
  JsonObjectWriter json;
  json.String("time", Rfc3339(event.at));
  json.String("event", event.event);
  const std::pair<absl::string_view, absl::string_view> texts[] = {
      {"outcome", event.outcome}, {"by", event.by},       {"client", event.client}, {"subject", event.subject},
      {"session", event.session}, {"token", event.token}, {"key", event.key},
  };
  for (const auto& [name, value] : texts) {
    if (!value.empty()) json.String(name, value);
  }
  if (event.generation != 0) json.Number("generation", static_cast<uint64_t>(event.generation));
  if (event.revision != 0) json.Number("revision", static_cast<uint64_t>(event.revision));
  const absl::StatusOr<std::string> object = std::move(json).Finish();
  if (object.ok()) return object->substr(1, object->size() - 2);
  return absl::StrCat(R"("time":")", Rfc3339(event.at), R"(","event":")", event.event, R"(","text":"not UTF-8")");
}

}  // namespace paseto::service
