// What the tests of interceptor/trust share: short ways to keys, records and feed messages.
#ifndef GRPC_PASETO_TESTS_INTERCEPTOR_TRUST_TRUST_TEST_SUPPORT_H_
#define GRPC_PASETO_TESTS_INTERCEPTOR_TRUST_TRUST_TEST_SUPPORT_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/revocation_set.h"
#include "grpc_paseto/interceptor/trust/wire.h"
#include "paseto/v1/trust_feed.pb.h"

namespace paseto::interceptor {

inline constexpr char kIssuer[] = "https://id.shop";
inline absl::Time TestNow() { return absl::FromUnixSeconds(1704067200); }

inline Key SecretKeyFor(KeyUse use, KeyState state = KeyState::kActive) {
  return Key(V4SecretKey::Generate(), KeyAttributes{use, state, {}});
}
inline Key LocalKeyFor(KeyUse use, KeyState state = KeyState::kActive) {
  return Key(V4LocalKey::Generate(), KeyAttributes{use, state, {}});
}
inline std::shared_ptr<const KeySet> KeysOf(std::vector<Key> keys) { return KeySet::Create(std::move(keys)).value(); }
inline std::string KeyFileOf(std::vector<Key> keys) {
  const SecretBytes text = EncodeKeyFile(keys, InsecureSecretAccess::Get());
  return std::string(text.ReadText(InsecureSecretAccess::Get()));
}

inline Revocation RecordOf(RevocationKind kind, std::string id, int64_t revision) {
  return {kind, std::move(id), revision, TestNow(), TestNow() + absl::Hours(1)};
}
inline Revocation TokenRecord(int64_t revision) {
  return RecordOf(RevocationKind::kToken, "token-" + std::to_string(revision), revision);
}
// The claims of the token that TokenRecord(number) revokes.
inline Claims TokenClaims(int64_t number) {
  Claims claims;
  claims.token_id = TokenId("token-" + std::to_string(number));
  return claims;
}

inline v1::FeedPosition PositionOf(int64_t epoch, int64_t revision) {
  v1::FeedPosition position;
  position.set_epoch(epoch);
  position.set_revision(revision);
  return position;
}
inline v1::WatchResponse KeysOfFeed(const std::vector<Key>& keys, const std::string& issuer = kIssuer) {
  v1::WatchResponse message;
  *message.mutable_keys() = ToWire(issuer, *KeysOf(keys));
  return message;
}
// Records with these revisions, as one part of a snapshot that stands for `position`.
inline v1::WatchResponse PartOf(v1::FeedPosition position, const std::vector<int64_t>& revisions, bool last) {
  v1::WatchResponse message;
  *message.mutable_snapshot()->mutable_position() = position;
  message.mutable_snapshot()->set_last(last);
  for (const int64_t revision : revisions) {
    *message.mutable_snapshot()->add_revocations() = ToWire(TokenRecord(revision));
  }
  return message;
}
inline v1::WatchResponse ChangesOf(v1::FeedPosition position, const std::vector<int64_t>& revisions,
                                   absl::Time as_of = TestNow()) {
  v1::WatchResponse message;
  *message.mutable_changes()->mutable_position() = position;
  *message.mutable_changes()->mutable_as_of() = ToWire(as_of);
  for (const int64_t revision : revisions) {
    *message.mutable_changes()->add_revocations() = ToWire(TokenRecord(revision));
  }
  return message;
}
inline v1::WatchResponse HeartbeatOf(v1::FeedPosition position, absl::Time as_of = TestNow()) {
  v1::WatchResponse message;
  *message.mutable_heartbeat()->mutable_position() = position;
  *message.mutable_heartbeat()->mutable_as_of() = ToWire(as_of);
  return message;
}

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_TESTS_INTERCEPTOR_TRUST_TRUST_TEST_SUPPORT_H_
