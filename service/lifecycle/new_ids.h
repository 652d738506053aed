// New ids: UUIDs (RFC 9562) in their text form.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_NEW_IDS_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_NEW_IDS_H_

#include "absl/time/time.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/service/lifecycle/random_source.h"

namespace paseto::service {

// Version 4: 122 random bits.
TokenId NewTokenId(RandomSource& random);

// Version 7: milliseconds since 1970, then 74 random bits, so that rows created together lie together.
SessionId NewSessionId(RandomSource& random, absl::Time now);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_NEW_IDS_H_
