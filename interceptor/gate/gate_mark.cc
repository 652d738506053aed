#include "grpc_paseto/interceptor/gate/gate_mark.h"

#include <cstdint>
#include <cstring>

#include "absl/hash/hash.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

// No property of a certificate has this name, so that no peer can bring it along.
constexpr char kPropertyName[] = "grpc_paseto_gate";

const ServerGate* GateIn(const grpc_auth_context* context) {
  grpc_auth_property_iterator properties = grpc_auth_context_find_properties_by_name(context, kPropertyName);
  const grpc_auth_property* property = grpc_auth_property_iterator_next(&properties);
  const ServerGate* gate = nullptr;
  if (property == nullptr || property->value_length != sizeof gate) return nullptr;
  std::memcpy(&gate, property->value, sizeof gate);
  return gate;
}

// `use` runs with the auth context of the call, if it has one.
template <typename Use>
auto WithAuthContext(const grpc::ServerContextBase& context, Use use) -> decltype(use(nullptr)) {
  // c_call() is not const, although it only reads.
  grpc_call* const call = const_cast<grpc::ServerContextBase&>(context).c_call();
  grpc_auth_context* const auth_context = call == nullptr ? nullptr : grpc_call_auth_context(call);
  if (auth_context == nullptr) return {};
  const auto result = use(auth_context);
  grpc_auth_context_release(auth_context);
  return result;
}

}  // namespace

void GateMarks::Mark(grpc_auth_context* context, const ServerGate* gate) {
  const size_t shard = absl::Hash<uintptr_t>()(reinterpret_cast<uintptr_t>(context)) % kShards;
  absl::MutexLock lock(&mutexes_[shard]);
  if (GateIn(context) == gate) return;
  grpc_auth_context_add_property(context, kPropertyName, reinterpret_cast<const char*>(&gate), sizeof gate);
}

const ServerGate* GateOf(const grpc::ServerContextBase& context) {
  return WithAuthContext(context, [](const grpc_auth_context* found) { return GateIn(found); });
}

uint64_t ConnectionOf(const grpc::ServerContextBase& context) {
  return WithAuthContext(context, [](const grpc_auth_context* found) { return reinterpret_cast<uintptr_t>(found); });
}

absl::Status GateMissing() {
  return MakeRefusal(v1::REASON_GATE_MISSING, "the call did not pass a guarded port, so nobody knows who calls");
}

}  // namespace paseto::interceptor
