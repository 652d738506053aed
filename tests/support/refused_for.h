// RefusedFor(reason): matches a Status or StatusOr that is the refusal for `reason`, with the code that it documents.
#ifndef GRPC_PASETO_TESTS_SUPPORT_REFUSED_FOR_H_
#define GRPC_PASETO_TESTS_SUPPORT_REFUSED_FOR_H_

#include <gmock/gmock.h>

#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/tests/support/status_matchers.h"

namespace paseto {

MATCHER_P(RefusedFor, reason, "is refused for " + v1::Reason_Name(reason)) {
  const absl::Status& status = status_matchers_internal::StatusOf(arg);
  *result_listener << "whose status is " << status;
  return interceptor::ReasonOf(status.message()) == reason && status.code() == interceptor::ReasonCode(reason);
}

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_REFUSED_FOR_H_
