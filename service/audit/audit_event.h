// AuditEvent: one thing that was done, or refused, and who is told about it later. It never holds a token or a secret.
#ifndef GRPC_PASETO_SERVICE_AUDIT_AUDIT_EVENT_H_
#define GRPC_PASETO_SERVICE_AUDIT_AUDIT_EVENT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace paseto::service {

// What is empty or zero is left out.
struct AuditEvent {
  absl::string_view event = {};    // a literal, such as "refresh"
  absl::string_view outcome = {};  // a literal, such as "rotated" or "theft"
  absl::Time at = {};
  std::string by = {};      // the client that asked
  std::string client = {};  // the client that the session or the token belongs to
  std::string subject = {};
  std::string session = {};
  std::string token = {};  // a token's id (jti)
  std::string key = {};    // a PASERK id
  int64_t generation = 0;  // of the session, after it
  int64_t revision = 0;    // of the feed record that it made
};

// The members of the event's JSON object, without the braces: {"time":"2026-11-23T20:10:00.123456Z","event":...}.
std::string AuditBody(const AuditEvent& event);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_AUDIT_AUDIT_EVENT_H_
