// The limits of the configuration, each once.
#ifndef GRPC_PASETO_SERVICE_CONFIG_LIMITS_H_
#define GRPC_PASETO_SERVICE_CONFIG_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace paseto::service {

// Lengths in bytes.
inline constexpr size_t kLongestIssuer = 255;
inline constexpr size_t kLongestClientId = 64;
inline constexpr size_t kLongestType = 64;
inline constexpr size_t kLongestAudience = 255;
inline constexpr size_t kLongestScope = 255;
inline constexpr size_t kLongestSubject = 255;

// Numbers of entries.
inline constexpr size_t kMostListeners = 16;
inline constexpr size_t kMostClients = 10'000;
inline constexpr size_t kMostTypes = 64;
inline constexpr size_t kMostAudiences = 64;
inline constexpr size_t kMostScopes = 512;
inline constexpr size_t kMostSubjects = 512;
inline constexpr size_t kMostKinds = 8;
inline constexpr size_t kMostCertificates = 64;

inline constexpr absl::Duration kShortestLifetime = absl::Seconds(1);
inline constexpr absl::Duration kLongestLifetime = absl::Hours(30 * 24);
inline constexpr absl::Duration kShortestSession = absl::Minutes(1);
inline constexpr absl::Duration kLongestSession = absl::Hours(400 * 24);
inline constexpr absl::Duration kLongestRefreshGrace = absl::Seconds(60);
inline constexpr absl::Duration kShortestRotation = absl::Hours(1);
inline constexpr absl::Duration kLongestRotation = absl::Hours(400 * 24);
inline constexpr absl::Duration kShortestAnnouncement = absl::Minutes(1);
inline constexpr absl::Duration kLongestAnnouncement = absl::Hours(7 * 24);
inline constexpr uint32_t kLargestRefreshGraceLimit = 1'000'000;
inline constexpr uint32_t kLargestJitterPermille = 500;
inline constexpr uint32_t kMostCallsPerSecond = 1'000'000;

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_CONFIG_LIMITS_H_
