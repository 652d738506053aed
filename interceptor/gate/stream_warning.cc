#include "grpc_paseto/interceptor/gate/stream_warning.h"

#include "grpc_paseto/interceptor/gate/gate_mark.h"
#include "grpc_paseto/interceptor/gate/server_gate.h"

namespace paseto::interceptor {

absl::StatusOr<StreamWarning> OnStreamEnding(const grpc::ServerContextBase& context, absl::Duration before,
                                             std::function<void()> warn) {
  const ServerGate* const gate = MarkOf(context).gate;
  if (gate == nullptr) return GateMissing();
  auto slot = std::make_shared<ListenerSlot>();
  slot->Set(std::move(warn));
  const absl::Status status = gate->streams().Warn(&context, before, slot);
  if (!status.ok()) return status;
  return StreamWarning(std::move(slot));
}

}  // namespace paseto::interceptor
