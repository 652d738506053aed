// Which gRPC addresses cannot leave the machine, so that a secret may travel over them without TLS.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_LOCAL_ADDRESS_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_LOCAL_ADDRESS_H_

#include "absl/strings/string_view.h"

namespace paseto::interceptor {

// True for unix:PATH, unix-abstract:NAME, localhost:PORT, 127.x.y.z:PORT and [::1]:PORT; false for everything else,
// whatever it would resolve to.
bool IsLocalAddress(absl::string_view address);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_LOCAL_ADDRESS_H_
