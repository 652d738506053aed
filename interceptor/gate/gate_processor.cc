#include "grpc_paseto/interceptor/gate/gate_processor.h"

#include <grpc/slice.h>

#include <string>

#include "absl/container/inlined_vector.h"
#include "grpc_paseto/interceptor/gate/server_gate.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

absl::string_view View(const grpc_slice& slice) {
  return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)), GRPC_SLICE_LENGTH(slice)};
}

using Consumed = absl::InlinedVector<grpc_metadata, 2>;

absl::Status JudgeCall(ServerGate& gate, const PortClients& clients, grpc_auth_context* context,
                       absl::Span<const grpc_metadata> received, Consumed& consumed) {
  absl::InlinedVector<MetadataEntry, 16> metadata;
  absl::string_view path;
  for (const grpc_metadata& entry : received) {
    metadata.push_back({View(entry.key), View(entry.value)});
    if (metadata.back().key == ":path") path = metadata.back().value;
  }
  const Connection connection = gate.marks().Mark(context, &gate, clients);
  ServerGate::StrippedEntries stripped;
  absl::Status verdict = gate.Judge(path, metadata, connection, stripped);
  if (!verdict.ok()) return verdict;
  for (const size_t entry : stripped) consumed.push_back(received[entry]);  // gRPC removes all entries of that key
  return verdict;
}

// No exception may reach gRPC's C code: one that is thrown here (memory ran out) refuses the call.
void Process(void* state, grpc_auth_context* context, const grpc_metadata* received, size_t received_count,
             grpc_process_auth_metadata_done_cb done, void* user_data) noexcept {
  const PortState& port = *static_cast<PortState*>(state);
  ServerGate* const gate = port.gate.load(std::memory_order_acquire);
  Consumed consumed;
  absl::Status verdict;
  std::string text;
  try {
    verdict =
        gate == nullptr ? GateMissing() : JudgeCall(*gate, port.clients, context, {received, received_count}, consumed);
    text = std::string(verdict.message());
  } catch (...) {
    done(user_data, nullptr, 0, nullptr, 0, GRPC_STATUS_INTERNAL, "internal: the call could not be judged");
    return;
  }
  if (!verdict.ok()) {
    done(user_data, nullptr, 0, nullptr, 0, static_cast<grpc_status_code>(verdict.code()), text.c_str());
    return;
  }
  done(user_data, consumed.data(), consumed.size(), nullptr, 0, GRPC_STATUS_OK, nullptr);
}

void Destroy(void* state) { delete static_cast<PortState*>(state); }

}  // namespace

grpc_auth_metadata_processor MakeProcessor(PortState* state) { return {&Process, &Destroy, state}; }

}  // namespace paseto::interceptor
