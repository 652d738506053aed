// The only conversions between the messages of paseto/v1/trust_feed.proto and the core's types.
//
// What comes from a message is checked here in full: a message that converts is a message that may be applied.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_WIRE_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_WIRE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "google/protobuf/timestamp.pb.h"
#include "grpc_paseto/core/token/key.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/revocation_set.h"
#include "paseto/v1/trust_feed.pb.h"

namespace paseto::interceptor {

inline constexpr size_t kMaxRevocationIdBytes = 255;
inline constexpr int64_t kMaxRevision = (int64_t{1} << 53) - 1;

// Instants before year 1 and after year 9999 are brought to the ends of that range.
google::protobuf::Timestamp ToWire(absl::Time time);
// Errors: INVALID_ARGUMENT outside the years 1 to 9999, or with nanoseconds out of range.
absl::StatusOr<absl::Time> TimeFromWire(const google::protobuf::Timestamp& time);

v1::Revocation ToWire(const Revocation& revocation);
v1::KeyState ToWire(KeyState state);
// Errors: INVALID_ARGUMENT naming the record (from 0) and the field. A kind that is unknown here is an error: who skips
// it must not take itself for up to date.
absl::StatusOr<std::vector<Revocation>> RevocationsFromWire(
    const google::protobuf::RepeatedPtrField<v1::Revocation>& revocations);

// The public halves of the access and foreign keys in `keys`; nothing of refresh and client keys, nothing of local
// keys, nothing secret.
v1::TrustedKeySet ToWire(absl::string_view issuer, const KeySet& keys);
// Errors: INVALID_ARGUMENT naming the key (from 0) and the fault: a text that is not k4.public, a kid that is not its
// id, an unknown state or use. Never with key text in it.
absl::StatusOr<std::vector<Key>> KeysFromWire(const v1::TrustedKeySet& key_set);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_WIRE_H_
