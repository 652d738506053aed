// The hash chain of an audit file: every line seals itself and all lines before it.
//
//   {"id":7,"time":"...","event":"refresh",...,"chain":"SHA-256 in hex"}
//
// chain = SHA-256(the chain of the line before it, 32 bytes, zeros for the first | the line up to ,"chain"). Anyone can
// check a file, and anyone can make one: what proves that it is ours and whole is the head of the chain, which the
// store keeps under a key.
#ifndef GRPC_PASETO_SERVICE_AUDIT_AUDIT_CHAIN_H_
#define GRPC_PASETO_SERVICE_AUDIT_AUDIT_CHAIN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace paseto::service {

inline constexpr size_t kAuditChainBytes = 32;
inline constexpr size_t kAuditKeyBytes = 32;

// Where a chain ends.
struct AuditHead {
  int64_t id = 0;  // of the last event; 0: there is none yet
  std::string chain = std::string(kAuditChainBytes, '\0');

  friend bool operator==(const AuditHead&, const AuditHead&) = default;
};

// Events with the ids first_id, first_id + 1, ...: the bodies of their lines (AuditBody).
struct AuditBatch {
  int64_t first_id = 0;
  std::vector<std::string> bodies = {};
};

// The next line, without its end; `head` moves on to it. REQUIRES: id > head.id.
std::string NextAuditLine(int64_t id, absl::string_view body, AuditHead& head);

// A line taken apart; nothing is verified.
struct AuditLine {
  int64_t id = 0;
  absl::string_view body = {};
  std::string chain = {};
};
absl::optional<AuditLine> ParseAuditLine(absl::string_view line);

// True when the line is what NextAuditLine makes of its id and body after `head`, which then moves on to it.
bool Follows(absl::string_view line, const AuditLine& parsed, AuditHead& head);

// What a store keeps beside a head, so that nobody without the key can put another one there.
std::string AuditMac(const AuditHead& head, absl::string_view key);
// In constant time.
bool AuditMacMatches(const AuditHead& head, absl::string_view key, absl::string_view mac);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_AUDIT_AUDIT_CHAIN_H_
