#include "grpc_paseto/interceptor/trust/wire.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/paseto/paserk.h"

namespace paseto::interceptor {
namespace {

// The range of google.protobuf.Timestamp.
constexpr int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59Z

v1::RevocationKind ToWire(RevocationKind kind) {
  switch (kind) {
    case RevocationKind::kToken:
      return v1::REVOCATION_KIND_TOKEN;
    case RevocationKind::kSession:
      return v1::REVOCATION_KIND_SESSION;
    case RevocationKind::kSubject:
      return v1::REVOCATION_KIND_SUBJECT;
    case RevocationKind::kClient:
      return v1::REVOCATION_KIND_CLIENT;
    case RevocationKind::kEverything:
      return v1::REVOCATION_KIND_EVERYTHING;
  }
  return v1::REVOCATION_KIND_UNSPECIFIED;
}

absl::optional<RevocationKind> FromWire(v1::RevocationKind kind) {
  switch (kind) {
    case v1::REVOCATION_KIND_TOKEN:
      return RevocationKind::kToken;
    case v1::REVOCATION_KIND_SESSION:
      return RevocationKind::kSession;
    case v1::REVOCATION_KIND_SUBJECT:
      return RevocationKind::kSubject;
    case v1::REVOCATION_KIND_CLIENT:
      return RevocationKind::kClient;
    case v1::REVOCATION_KIND_EVERYTHING:
      return RevocationKind::kEverything;
    default:
      return absl::nullopt;
  }
}

absl::optional<KeyState> FromWire(v1::KeyState state) {
  switch (state) {
    case v1::KEY_STATE_ANNOUNCED:
      return KeyState::kAnnounced;
    case v1::KEY_STATE_ACTIVE:
      return KeyState::kActive;
    case v1::KEY_STATE_RETIRED:
      return KeyState::kRetired;
    case v1::KEY_STATE_REVOKED:
      return KeyState::kRevoked;
    default:
      return absl::nullopt;
  }
}

absl::optional<v1::KeyUse> ToWire(KeyUse use) {
  switch (use) {
    case KeyUse::kAccess:
      return v1::KEY_USE_ACCESS;
    case KeyUse::kForeign:
      return v1::KEY_USE_FOREIGN;
    case KeyUse::kRefresh:
    case KeyUse::kClient:
      break;
  }
  return absl::nullopt;  // stays with the issuer
}

absl::optional<KeyUse> FromWire(v1::KeyUse use) {
  switch (use) {
    case v1::KEY_USE_ACCESS:
      return KeyUse::kAccess;
    case v1::KEY_USE_FOREIGN:
      return KeyUse::kForeign;
    default:
      return absl::nullopt;
  }
}

absl::Status RecordError(int index, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat("revocation ", index, " of the message: ", fault));
}

absl::StatusOr<Revocation> FromWire(int index, const v1::Revocation& wire) {
  const absl::optional<RevocationKind> kind = FromWire(wire.kind());
  if (!kind.has_value()) return RecordError(index, absl::StrCat("the kind ", wire.kind(), " is unknown here"));
  if (wire.id().size() > kMaxRevocationIdBytes) return RecordError(index, "id has more than 255 bytes");
  if (wire.id().empty() != (*kind == RevocationKind::kEverything)) {
    return RecordError(index, "id must be empty for a revocation of everything, and only then");
  }
  if (wire.revision() < 1 || wire.revision() > kMaxRevision) {
    return RecordError(index, "revision must be 1 to 2^53 - 1");
  }
  const absl::StatusOr<absl::Time> revoked_at = TimeFromWire(wire.revoked_at());
  const absl::StatusOr<absl::Time> forget_after = TimeFromWire(wire.forget_after());
  if (!wire.has_revoked_at() || !revoked_at.ok()) return RecordError(index, "revoked_at is missing or out of range");
  if (!wire.has_forget_after() || !forget_after.ok()) {
    return RecordError(index, "forget_after is missing or out of range");
  }
  return Revocation{*kind, wire.id(), wire.revision(), *revoked_at, *forget_after};
}

absl::Status KeyError(int index, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat("key ", index, " of the key set: ", fault));
}

absl::optional<Key> PublicKeyFromText(const std::string& paserk, KeyAttributes attributes) {
  if (absl::StatusOr<V4PublicKey> v4 = ParsePaserkV4Public(paserk); v4.ok()) return Key(*v4, std::move(attributes));
  if (absl::StatusOr<V3PublicKey> v3 = ParsePaserkV3Public(paserk); v3.ok()) return Key(*v3, std::move(attributes));
  return absl::nullopt;
}

absl::StatusOr<Key> FromWire(int index, const v1::TrustedKey& wire) {
  const absl::optional<KeyState> state = FromWire(wire.state());
  if (!state.has_value()) return KeyError(index, absl::StrCat("the state ", wire.state(), " is unknown here"));
  const absl::optional<KeyUse> use = FromWire(wire.use());
  if (!use.has_value()) return KeyError(index, absl::StrCat("the use ", wire.use(), " is unknown here"));
  absl::optional<Key> key = PublicKeyFromText(wire.paserk(), KeyAttributes{*use, *state, {}});
  if (!key.has_value()) return KeyError(index, "paserk is not the text of a k4.public or k3.public key");
  if (key->id().text() != wire.kid()) return KeyError(index, "kid is not the id of the key");
  return *std::move(key);
}

}  // namespace

v1::KeyState ToWire(KeyState state) {
  switch (state) {
    case KeyState::kAnnounced:
      return v1::KEY_STATE_ANNOUNCED;
    case KeyState::kActive:
      return v1::KEY_STATE_ACTIVE;
    case KeyState::kRetired:
      return v1::KEY_STATE_RETIRED;
    case KeyState::kRevoked:
      return v1::KEY_STATE_REVOKED;
  }
  return v1::KEY_STATE_UNSPECIFIED;
}

google::protobuf::Timestamp ToWire(absl::Time time) {
  google::protobuf::Timestamp wire;
  if (time < absl::FromUnixSeconds(kFirstSecond)) {
    wire.set_seconds(kFirstSecond);
  } else if (time >= absl::FromUnixSeconds(kLastSecond)) {
    wire.set_seconds(kLastSecond);
  } else {
    const int64_t seconds = absl::ToUnixSeconds(time);
    wire.set_seconds(seconds);
    wire.set_nanos(static_cast<int32_t>((time - absl::FromUnixSeconds(seconds)) / absl::Nanoseconds(1)));
  }
  return wire;
}

absl::StatusOr<absl::Time> TimeFromWire(const google::protobuf::Timestamp& time) {
  if (time.seconds() < kFirstSecond || time.seconds() > kLastSecond || time.nanos() < 0 || time.nanos() > 999'999'999) {
    return absl::InvalidArgumentError("an instant lies outside the years 1 to 9999");
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

v1::Revocation ToWire(const Revocation& revocation) {
  v1::Revocation wire;
  wire.set_kind(ToWire(revocation.kind));
  wire.set_id(revocation.id);
  wire.set_revision(revocation.revision);
  *wire.mutable_revoked_at() = ToWire(revocation.revoked_at);
  *wire.mutable_forget_after() = ToWire(revocation.forget_after);
  return wire;
}

absl::StatusOr<std::vector<Revocation>> RevocationsFromWire(
    const google::protobuf::RepeatedPtrField<v1::Revocation>& revocations) {
  std::vector<Revocation> records;
  records.reserve(static_cast<size_t>(revocations.size()));
  for (const v1::Revocation& wire : revocations) {
    absl::StatusOr<Revocation> record = FromWire(static_cast<int>(records.size()), wire);
    if (!record.ok()) return record.status();
    records.push_back(*std::move(record));
  }
  return records;
}

v1::TrustedKeySet ToWire(absl::string_view issuer, const KeySet& keys) {
  v1::TrustedKeySet wire;
  wire.set_issuer(std::string(issuer));
  for (const Key& key : keys.keys()) {
    const absl::optional<v1::KeyUse> use = ToWire(key.attributes().use);
    const absl::optional<Key> half = key.PublicHalf();
    if (!use.has_value() || !half.has_value()) continue;
    v1::TrustedKey& out = *wire.add_keys();
    out.set_kid(half->id().text());
    out.set_paserk(half->PublicPaserk());
    out.set_state(ToWire(key.attributes().state));
    out.set_use(*use);
  }
  return wire;
}

absl::StatusOr<std::vector<Key>> KeysFromWire(const v1::TrustedKeySet& key_set) {
  std::vector<Key> keys;
  for (const v1::TrustedKey& wire : key_set.keys()) {
    absl::StatusOr<Key> key = FromWire(static_cast<int>(keys.size()), wire);
    if (!key.ok()) return key.status();
    keys.push_back(*std::move(key));
  }
  return keys;
}

}  // namespace paseto::interceptor
