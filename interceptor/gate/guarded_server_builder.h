// GuardedServerBuilder: a grpc::ServerBuilder whose services are guarded by a Guard.
//
// Rules come from code (SetRule), then from a policy file (SetRuleFile), then from the options of paseto/v1/auth.proto
// on method, service and file; the first level that has a rule supplies the whole rule. A method without any rule needs
// a valid access token. The health service grpc.health.v1.Health is public unless a rule says otherwise; server
// reflection and channelz need a rule from code or the policy file.
//
// Every server also serves paseto.v1.StreamAuthorization, through which clients renew their streams.
//
// Call AddListeningPort and the RegisterGeneric methods on this type, not on a reference to the base class: those of
// the base class are not virtual. Start finds an ungated port that came in through the base class all the same.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_GUARDED_SERVER_BUILDER_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_GUARDED_SERVER_BUILDER_H_

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/policy/rule_source.h"
#include "paseto/v1/auth.pb.h"

namespace paseto::interceptor {

struct ServerStart;

class GuardedServerBuilder : public grpc::ServerBuilder {
 public:
  // `guard` outlives every server that Start() gives.
  explicit GuardedServerBuilder(Guard& guard);

  // The rule of one method, "package.Service/Method", or of a whole service, "package.Service/*". Code goes before the
  // policy file and the options in a .proto.
  GuardedServerBuilder& SetRule(absl::string_view method, v1::AuthRule rule);

  // Rules from outside the program (yaml/policy_file.h), for one server. When they change while it runs, calls from
  // then on are judged by the new ones; streams in progress go on as they began, and are renewed by the new ones. Rules
  // that do not stand are reported by their source and the old ones stay. A change may not take credentials from a
  // metadata key and prefix where no method took them when the server started.
  GuardedServerBuilder& SetRuleFile(std::shared_ptr<RuleSource> file);

  // The caller's own interceptors, in all of which PrincipalFrom works; they see no refused call. For what is sent gRPC
  // runs the guard's first and these in the order of their addition; for what is received it is the other way round.
  GuardedServerBuilder& AddInterceptors(
      std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators);

  // As in the base class. `credentials` come from the guard; others make Start fail.
  GuardedServerBuilder& AddListeningPort(const std::string& address,
                                         std::shared_ptr<grpc::ServerCredentials> credentials,
                                         int* selected_port = nullptr);
  // As in the base class. Rules from code may then name methods that no registered service has.
  GuardedServerBuilder& RegisterAsyncGenericService(grpc::AsyncGenericService* service);
  GuardedServerBuilder& RegisterCallbackGenericService(grpc::CallbackGenericService* service);

  // Interceptors go through AddInterceptors, and external connections would not pass the gate.
  experimental_type experimental() = delete;

  // Builds and starts the server. Once.
  // Errors: FAILED_PRECONDITION naming every problem at once: a port without the guard's credentials, a port that could
  // not be bound, a rule that names no registered method, a rule that contradicts itself; UNAVAILABLE when no trust
  // came in time.
  absl::StatusOr<std::unique_ptr<grpc::Server>> Start();

 private:
  struct PolicyOutcome;
  class PolicyPlugin;
  class PolicyOption;

  // Start, for who holds a reference to the base class; the error goes to gRPC's log.
  std::unique_ptr<grpc::Server> BuildAndStart() override;

  absl::StatusOr<std::unique_ptr<grpc::Server>> Build(const ServerStart& start, PolicyOutcome& outcome);

  Guard& guard_;
  absl::flat_hash_map<std::string, v1::AuthRule> rules_;
  std::shared_ptr<RuleSource> rule_file_;
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> user_interceptors_;
  std::vector<std::string> problems_;
  bool has_generic_service_ = false;
  bool started_ = false;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_GUARDED_SERVER_BUILDER_H_
