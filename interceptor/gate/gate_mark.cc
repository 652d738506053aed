#include "grpc_paseto/interceptor/gate/gate_mark.h"

#include <cstdint>
#include <cstring>
#include <string>

#include "absl/hash/hash.h"
#include "grpc_paseto/interceptor/gate/peer_certificate.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

// No property of a certificate has this name, so that no peer can bring it along.
constexpr char kPropertyName[] = "grpc_paseto_gate";

// The value of the property: this, the digest of the certificate, the client's id.
struct Head {
  const ServerGate* gate = nullptr;
  uint32_t digest_size = 0;
  bool client_ambiguous = false;
};

GateMark ReadMark(const grpc_auth_context* context) {
  grpc_auth_property_iterator properties = grpc_auth_context_find_properties_by_name(context, kPropertyName);
  const grpc_auth_property* const property = grpc_auth_property_iterator_next(&properties);
  Head head;
  if (property == nullptr || property->value_length < sizeof head) return {};
  std::memcpy(&head, property->value, sizeof head);
  const absl::string_view rest(property->value + sizeof head, property->value_length - sizeof head);
  Connection connection;
  connection.id = reinterpret_cast<uintptr_t>(context);
  connection.certificate_sha256 = rest.substr(0, head.digest_size);
  connection.client = rest.substr(head.digest_size);
  connection.client_ambiguous = head.client_ambiguous;
  return {head.gate, connection};
}

void WriteMark(grpc_auth_context* context, const ServerGate* gate, const PortClients& clients) {
  const absl::optional<PeerCertificate> certificate = ReadPeerCertificate(context);
  NamedClient client{clients.every_connection};
  if (certificate.has_value() && clients.name_client) client = clients.name_client(*certificate);
  Head head;
  head.gate = gate;
  head.client_ambiguous = client.ambiguous;
  if (certificate.has_value()) head.digest_size = static_cast<uint32_t>(certificate->sha256.size());
  std::string value(sizeof head, '\0');
  std::memcpy(value.data(), &head, sizeof head);
  if (certificate.has_value()) value += certificate->sha256;
  value += client.id.text();
  grpc_auth_context_add_property(context, kPropertyName, value.data(), value.size());
}

}  // namespace

Connection GateMarks::Mark(grpc_auth_context* context, const ServerGate* gate, const PortClients& clients) {
  const size_t shard = absl::Hash<uintptr_t>()(reinterpret_cast<uintptr_t>(context)) % kShards;
  const std::lock_guard lock(mutexes_[shard]);
  if (const GateMark mark = ReadMark(context); mark.gate != nullptr) return mark.connection;
  WriteMark(context, gate, clients);
  return ReadMark(context).connection;
}

GateMark MarkOf(const grpc::ServerContextBase& context) {
  // c_call() is not const, although it only reads.
  grpc_call* const call = const_cast<grpc::ServerContextBase&>(context).c_call();
  grpc_auth_context* const auth_context = call == nullptr ? nullptr : grpc_call_auth_context(call);
  if (auth_context == nullptr) return {};
  const GateMark mark = ReadMark(auth_context);
  grpc_auth_context_release(auth_context);  // the call holds on to it
  return mark;
}

absl::Status GateMissing() {
  return MakeRefusal(v1::REASON_GATE_MISSING, "the call did not pass a guarded port, so nobody knows who calls");
}

}  // namespace paseto::interceptor
