#include "grpc_paseto/service/store/forgetting.h"

#include <algorithm>

namespace paseto::service {

Forgetting MoveOn(Forgetting before, absl::Time now, absl::Duration elapsed) {
  Forgetting next = before;
  next.instant = std::min(before.instant + elapsed, now);
  next.watched = before.watched + elapsed;
  next.lead = std::min(before.lead, now - next.instant);
  if (next.watched < kForgettingTrial) return next;
  next.instant += next.lead;
  next.watched = absl::ZeroDuration();
  next.lead = now - next.instant;
  return next;
}

}  // namespace paseto::service
