// The tag of a refresh token: proof that the issuer minted exactly this generation of exactly this session.
//
// tag = BLAKE2b-256 keyed with the session's secret over PAE("paseto.v1.refresh_tag", sid, gen, client, binding kind,
// binding), gen in decimal. A leaked token key alone does not forge it, nor does a leaked row without the token key.
#ifndef GRPC_PASETO_SERVICE_SESSION_REFRESH_TAG_H_
#define GRPC_PASETO_SERVICE_SESSION_REFRESH_TAG_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/assertion.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/service/session/session.h"

namespace paseto::service {

// 32 bytes. REQUIRES: session.secret has 32 bytes.
std::string RefreshTag(const Session& session, uint64_t generation, const Binding& binding);

// Compares in constant time.
bool RefreshTagMatches(const Session& session, uint64_t generation, const Binding& binding, absl::string_view tag);

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SESSION_REFRESH_TAG_H_
