// Sessions, refresh attempts and revocations to test a store with, all around one fixed instant.
#ifndef GRPC_PASETO_TESTS_SERVICE_STORE_SAMPLE_SESSIONS_H_
#define GRPC_PASETO_TESTS_SERVICE_STORE_SAMPLE_SESSIONS_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_format.h"
#include "grpc_paseto/service/session/refresh_tag.h"
#include "grpc_paseto/service/store/session_store.h"

namespace paseto::service {

inline const absl::Time kNow = absl::FromUnixSeconds(1704067200);
inline const Binding kSampleBinding{.kind = Binding::Kind::kClient, .value = "spiffe://shop/web"};

inline SessionId SampleSessionId(int number) {
  return SessionId(absl::StrFormat("018cc251-f400-7000-8000-%012x", number));
}

// Idle after an hour, over after a day.
inline Session SampleSession(int number) {
  Session session;
  session.id = SampleSessionId(number);
  session.client = ClientId("web");
  session.subject = "alice";
  session.secret = std::string(kSessionSecretBytes, static_cast<char>(number));
  session.grant = std::string("grant\0bytes", 11);
  session.created_at = kNow;
  session.rotated_at = kNow;
  session.idle_deadline = kNow + absl::Hours(1);
  session.absolute_deadline = kNow + absl::Hours(24);
  return session;
}

inline RotationAttempt SampleAttempt(const Session& session, uint64_t generation) {
  RotationAttempt attempt;
  attempt.session = session.id;
  attempt.generation = generation;
  attempt.tag = RefreshTag(session, generation, kSampleBinding);
  attempt.binding = kSampleBinding;
  attempt.client_enabled = true;
  attempt.idle_timeout = absl::Hours(1);
  attempt.verifier_retention = absl::Minutes(20);
  return attempt;
}

// Verifiers may forget it after 20 minutes, the store after two days.
inline RevocationOrder SampleOrder(RevocationKind kind, const std::string& id) {
  return {.kind = kind, .id = id, .forget_after = kNow + absl::Minutes(20), .keep_until = kNow + absl::Hours(48)};
}

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SERVICE_STORE_SAMPLE_SESSIONS_H_
