#include "grpc_paseto/interceptor/client/renewal_schedule.h"

#include <algorithm>

#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::client {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
constexpr absl::Duration kLongestPause = absl::Seconds(10);

bool MayBeTriedAgain(const absl::Status& status) {
  const v1::Reason reason = interceptor::ReasonOf(status.message());
  return reason != v1::REASON_STREAM_ELSEWHERE && reason != v1::REASON_STREAM_REVOKED &&
         reason != v1::REASON_RENEWAL_REFUSED && status.code() != absl::StatusCode::kUnimplemented;
}

}  // namespace

absl::Duration RenewalSchedule::Begin(absl::Duration life, absl::Duration now) {
  ends_at_ = now + life;
  pause_ = kFirstPause;
  return life * absl::Uniform(random_, 0.85, 0.95);
}

absl::optional<absl::Duration> RenewalSchedule::AfterFailure(const absl::Status& status, absl::Duration now) {
  if (!MayBeTriedAgain(status) || now >= ends_at_) return absl::nullopt;
  const absl::Duration pause = pause_ * absl::Uniform(random_, 0.8, 1.2);
  pause_ = std::min(pause_ * 2, kLongestPause);
  return pause;
}

}  // namespace paseto::client
