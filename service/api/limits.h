// The limits of TokenService's requests, each once, as token_service.proto states them. See also config/limits.h.
#ifndef GRPC_PASETO_SERVICE_API_LIMITS_H_
#define GRPC_PASETO_SERVICE_API_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "grpc_paseto/service/config/limits.h"

namespace paseto::service {

// Lengths in bytes.
inline constexpr size_t kLongestCustomClaims = 4096;
inline constexpr size_t kLongestFooterContent = 4096;
inline constexpr size_t kLongestImplicitAssertion = 1024;
inline constexpr size_t kLongestPresentedToken = 6144;
inline constexpr size_t kLongestSessionId = 255;
inline constexpr size_t kLongestRequestId = 128;
inline constexpr size_t kLongestKeyId = 64;
inline constexpr size_t kLongestPageToken = 512;
inline constexpr size_t kLongestBackupName = 100;

// Numbers of entries in one request.
inline constexpr int kMostRequestedAudiences = 16;
inline constexpr int kMostRequestedScopes = 64;
inline constexpr int kLargestPage = 1000;
inline constexpr int kDefaultPage = 100;

// The range of google.protobuf.Duration, in seconds.
inline constexpr int64_t kLongestDurationSeconds = 315'576'000'000;

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_API_LIMITS_H_
