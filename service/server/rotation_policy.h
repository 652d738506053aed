// The rotation of keys as the configuration wants it.
#ifndef GRPC_PASETO_SERVICE_SERVER_ROTATION_POLICY_H_
#define GRPC_PASETO_SERVICE_SERVER_ROTATION_POLICY_H_

#include "grpc_paseto/service/keys/key_rotation.h"
#include "grpc_paseto/service/store/session_store.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

// Keys that no longer sign are kept for the longest lives that any configuration ever allowed, `marks`.
// REQUIRES: defaults are filled.
RotationPolicy RotationPolicyFrom(const config::TokendConfig& config, const LifetimeMarks& marks);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_ROTATION_POLICY_H_
