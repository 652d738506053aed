// Implicit assertions (PASETO Version 4, "Implicit Assertions"): context that is signed with a token and does not
// travel in it. Everything that this project puts there is PAE(label, ...), so that no two meanings share one spelling.
#ifndef GRPC_PASETO_CORE_TOKEN_ASSERTION_H_
#define GRPC_PASETO_CORE_TOKEN_ASSERTION_H_

#include <string>

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/ids.h"

namespace paseto {

// What a refresh token is bound to besides its session.
struct Binding {
  enum class Kind {
    kClient,  // the identity that the caller proves at each refresh
    kHolder,  // nothing: possession suffices
  };
  Kind kind = Kind::kClient;
  std::string value;  // the identity's bytes; empty for kHolder

  friend bool operator==(const Binding&, const Binding&) = default;
};

// The name of `kind` as it is signed: "client" or "holder".
absl::string_view BindingKindName(Binding::Kind kind);

// PAE("paseto.v1.token", type, client, binding kind, binding value).
std::string TokenAssertion(absl::string_view type, const ClientId& client, const Binding& binding);

// PAE("paseto.v1.caller", bytes) for bytes that a caller chose; the empty assertion for no bytes.
std::string CallerAssertion(absl::string_view bytes);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_ASSERTION_H_
