// ServerGate: everything that the ports, the stream interceptor and PrincipalFrom of one server share.
//
// Made by GuardedServerBuilder::Start and kept by the guard until the guard dies, so that no late call of a server that
// goes down meets a dead gate.
// Threads: the policy is set before the server starts; then all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_SERVER_GATE_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_SERVER_GATE_H_

#include <grpcpp/impl/service_type.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "grpc_paseto/interceptor/gate/gate_mark.h"
#include "grpc_paseto/interceptor/gate/guard_impl.h"
#include "grpc_paseto/interceptor/policy/credential.h"
#include "grpc_paseto/interceptor/policy/policy_table.h"
#include "grpc_paseto/interceptor/stream/stream_interceptor.h"

namespace paseto::interceptor {

class ServerGate final : public StreamAdmission {
 public:
  // Keys whose entries are to be taken out of the metadata before the handler sees it.
  using StrippedKeys = absl::InlinedVector<absl::string_view, 2>;

  // `guard` outlives the gate.
  explicit ServerGate(Guard::Impl& guard);

  void set_policy(std::unique_ptr<const PolicyTable> policy) { policy_ = std::move(policy); }
  GateMarks& marks() { return marks_; }
  StreamGuard& streams() const { return guard_.streams(); }
  // paseto.v1.StreamAuthorization, for the server.
  grpc::Service& stream_authorization() { return *stream_authorization_; }

  // Judges a call. A credential that is not the caller's identity here (of a public method, of another method's key, or
  // one that a lenient rule forgave) is added to `stripped`: what the handler can see is what was decided.
  // Errors: a refusal.
  absl::Status Judge(absl::string_view path, absl::Span<const MetadataEntry> metadata, uint64_t connection,
                     StrippedKeys& stripped);

  // The principal of a call that Judge let pass.
  absl::StatusOr<Principal> Recall(const grpc::ServerContextBase& context) const;

  // Judges the credential of a call of `called` by the rule of `method`, whose stream it is about; it need not be
  // fresh. Never anonymous. Errors: a refusal.
  absl::StatusOr<Principal> JudgeForStream(absl::string_view called, absl::string_view method,
                                           const grpc::ServerContextBase& context);

  absl::StatusOr<AdmittedStream> Admit(absl::string_view method, const grpc::ServerContextBase& context) override;

 private:
  absl::StatusOr<Principal> RecallWith(absl::Span<const CredentialShape* const> shapes,
                                       const grpc::ServerContextBase& context) const;
  void Strip(const CompiledRule& rule, bool anonymous, absl::Span<const MetadataEntry> metadata,
             StrippedKeys& stripped) const;

  Guard::Impl& guard_;
  std::unique_ptr<const PolicyTable> policy_;
  GateMarks marks_;
  const std::unique_ptr<grpc::Service> stream_authorization_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_SERVER_GATE_H_
