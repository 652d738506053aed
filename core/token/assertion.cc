#include "grpc_paseto/core/token/assertion.h"

#include "grpc_paseto/core/paseto/pae.h"

namespace paseto {

absl::string_view BindingKindName(Binding::Kind kind) {
  switch (kind) {
    case Binding::Kind::kClient:
      return "client";
    case Binding::Kind::kHolder:
      return "holder";
  }
  return "";
}

std::string TokenAssertion(absl::string_view type, const ClientId& client, const Binding& binding) {
  return Pae({"paseto.v1.token", type, client.text(), BindingKindName(binding.kind), binding.value});
}

std::string CallerAssertion(absl::string_view bytes) {
  if (bytes.empty()) return "";
  return Pae({"paseto.v1.caller", bytes});
}

}  // namespace paseto
