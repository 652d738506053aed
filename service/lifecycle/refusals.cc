#include "grpc_paseto/service/lifecycle/refusals.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::service {
namespace {

using interceptor::MakeRefusal;

constexpr absl::string_view kCausePayload = "paseto.service/cause";

absl::Status WithCause(absl::Status refusal, absl::string_view cause) {
  refusal.SetPayload(kCausePayload, absl::Cord(cause));
  return refusal;
}

}  // namespace

absl::Status RequestInvalid(absl::string_view field, absl::string_view rule) {
  return MakeRefusal(v1::REASON_REQUEST_INVALID, absl::StrCat(field, ": ", rule));
}

absl::Status ClientNotAllowed(absl::string_view sentence) {
  return MakeRefusal(v1::REASON_CLIENT_NOT_ALLOWED, sentence);
}

absl::Status ClientNotConfigured(const ClientId& client) {
  return ClientNotAllowed(
      absl::StrCat("client ", client.text(), " is not configured; the operator adds it to clients"));
}

absl::Status ClientDisabled() {
  return MakeRefusal(v1::REASON_CLIENT_DISABLED, "the client is disabled or was removed; ask the operator");
}

absl::Status RateLimited() {
  return MakeRefusal(v1::REASON_RATE_LIMITED,
                     "the client calls more often than it may; slow down, or ask for a higher max_calls_per_second");
}

absl::Status RefreshInvalid() {
  return MakeRefusal(v1::REASON_REFRESH_INVALID,
                     "this is not a refresh token of this service for this caller; sign in again");
}

absl::Status SessionExpired() {
  return MakeRefusal(v1::REASON_SESSION_EXPIRED, "the session has reached its deadline; sign in again");
}

absl::Status SessionRevoked() {
  return MakeRefusal(v1::REASON_SESSION_REVOKED, "the session was revoked; sign in again");
}

absl::Status SessionUnknown() {
  return MakeRefusal(v1::REASON_SESSION_UNKNOWN, "the client has no such session of this subject");
}

absl::Status HolderRevoked() {
  return MakeRefusal(v1::REASON_TOKEN_REVOKED,
                     "everything that the subject or the client held was revoked; sign in again");
}

absl::Status TokenSpent() {
  return MakeRefusal(v1::REASON_TOKEN_SPENT, "this single-use token was used before; ask for a new one");
}

absl::Status SubjectDisabled() {
  return MakeRefusal(v1::REASON_SUBJECT_DISABLED, "the subject is disabled; the operator enables it again");
}

absl::Status RequestIdTaken() {
  return MakeRefusal(v1::REASON_REQUEST_ID_TAKEN, "this request_id belongs to another request; take a new one");
}

absl::Status RequestNotRepeatable() {
  return MakeRefusal(v1::REASON_REQUEST_NOT_REPEATABLE,
                     "this request was answered before and its answer is not made again; take a new request_id");
}

absl::Status TokenUnverifiable(absl::string_view sentence) {
  return MakeRefusal(v1::REASON_TOKEN_UNVERIFIABLE, sentence);
}

absl::Status KeyNotActive(absl::string_view sentence) { return MakeRefusal(v1::REASON_KEY_NOT_ACTIVE, sentence); }

absl::Status ServerStopping() {
  return MakeRefusal(v1::REASON_SERVER_STOPPING, "the server shuts down; call another one, or again soon");
}

absl::Status InternalFailure(absl::string_view cause) {
  return WithCause(MakeRefusal(v1::REASON_INTERNAL, "the service failed; the operator finds the cause in the log"),
                   cause);
}

absl::Status StoreRefusal(const absl::Status& status) {
  if (absl::IsUnknown(status)) {
    return WithCause(
        MakeRefusal(v1::REASON_STORE_UNAVAILABLE, "the store cannot confirm what it did; send the same request again"),
        status.message());
  }
  if (!absl::IsUnavailable(status)) return InternalFailure(status.message());
  return WithCause(
      MakeRefusal(v1::REASON_STORE_UNAVAILABLE, "the store cannot do this now, nothing has changed; try again later"),
      status.message());
}

absl::Status NotInForceYet(const absl::Status& status) {
  return WithCause(
      MakeRefusal(v1::REASON_STORE_UNAVAILABLE,
                  "the revocation is durable, but this server cannot tell yet that it obeys it itself; send "
                  "the same request again"),
      status.message());
}

absl::Status SigningRefusal(const absl::Status& status) {
  if (absl::IsFailedPrecondition(status)) return KeyNotActive(status.message());
  if (absl::IsInvalidArgument(status)) return MakeRefusal(v1::REASON_REQUEST_INVALID, status.message());
  return InternalFailure(status.message());
}

std::string CauseOf(const absl::Status& refusal) {
  const absl::optional<absl::Cord> cause = refusal.GetPayload(kCausePayload);
  return cause.has_value() ? std::string(*cause) : std::string();
}

}  // namespace paseto::service
