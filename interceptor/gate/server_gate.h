// ServerGate: everything that the ports, the stream interceptor and PrincipalFrom of one server share.
//
// Made by GuardedServerBuilder::Start and kept by the guard until the guard dies, so that no late call of a server that
// goes down meets a dead gate.
// Threads: the policy is started before the server is; then all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_SERVER_GATE_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_SERVER_GATE_H_

#include <grpcpp/impl/service_type.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "grpc_paseto/interceptor/gate/gate_mark.h"
#include "grpc_paseto/interceptor/gate/guard_impl.h"
#include "grpc_paseto/interceptor/gate/hidden_callers.h"
#include "grpc_paseto/interceptor/policy/credential.h"
#include "grpc_paseto/interceptor/policy/live_policy.h"
#include "grpc_paseto/interceptor/stream/stream_interceptor.h"

namespace paseto::interceptor {

class ServerGate final : public StreamAdmission {
 public:
  // Which entries of the metadata, by number, the handler is not to see.
  using StrippedEntries = absl::InlinedVector<size_t, 2>;

  // `guard` outlives the gate.
  explicit ServerGate(Guard::Impl& guard);

  LivePolicy& policy() { return policy_; }
  GateMarks& marks() { return marks_; }
  StreamGuard& streams() const { return guard_.streams(); }
  // paseto.v1.StreamAuthorization, for the server.
  grpc::Service& stream_authorization() { return *stream_authorization_; }

  // The name that streams of `method` go by here: its own, or what the methods of a generic service share, as they
  // share their rule.
  absl::string_view KnownName(absl::string_view method) const {
    return policy_.With([method](const PolicyTable& policy) { return policy.Find(method).method; });
  }

  // Judges a call. A credential that is not the caller's identity here (of a public method, of another method's key, or
  // one that a lenient rule forgave) is added to `stripped`, and so is what a client sends where the gate gives claims:
  // what the handler can see is what was decided.
  // Errors: a refusal, as the caller may read it.
  absl::Status Judge(absl::string_view path, absl::Span<const MetadataEntry> metadata, const Connection& connection,
                     StrippedEntries& stripped);

  // The principal of a call that Judge let pass. Errors: a refusal, as the caller may read it.
  absl::StatusOr<Principal> Recall(const grpc::ServerContextBase& context) const;

  // Judges the credential of a call by the rule of `method`, whose stream it is about; it need not be fresh. Never
  // anonymous. Errors: a refusal. What comes of the call in the end is for Conclude.
  absl::StatusOr<Authenticator::Decision> JudgeForStream(absl::string_view method,
                                                         const grpc::ServerContextBase& context);
  // Tells the observer what came of a call. Errors: the refusal in `decision`, as the caller may read it.
  absl::Status Conclude(absl::string_view method, const absl::StatusOr<Authenticator::Decision>& decision) const;

  // What a handler is to see otherwise than it came.
  struct MetadataChange {
    std::vector<std::string> removed_keys;
    std::vector<std::pair<std::string, std::string>> added;
    absl::optional<HiddenCallers::Caller> hidden_caller;  // when the credential is among what is removed
  };
  // True when the rule of `method` changes the metadata of its calls.
  bool ChangesMetadata(absl::string_view method) const;
  // For a call as it came. One that passed no gate gets nothing and loses what only the gate may give.
  MetadataChange MetadataChangeOf(absl::string_view method, const grpc::ServerContextBase& context) const;
  HiddenCallers& hidden_callers() { return hidden_callers_; }

  AdmittedStream Admit(absl::string_view method, const grpc::ServerContextBase& context) override;

 private:
  absl::StatusOr<Principal> Remember(const grpc::ServerContextBase& context) const;
  absl::StatusOr<Principal> RecallWith(absl::Span<const CredentialShape* const> shapes,
                                       const grpc::ServerContextBase& context) const;
  absl::Status AdmitBy(const CompiledRule& rule, const grpc::ServerContextBase& context, AdmittedStream& stream) const;

  Guard::Impl& guard_;
  LivePolicy policy_;
  HiddenCallers hidden_callers_;
  GateMarks marks_;
  const std::unique_ptr<grpc::Service> stream_authorization_;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_SERVER_GATE_H_
