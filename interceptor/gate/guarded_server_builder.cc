#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"

#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "grpc_paseto/interceptor/gate/grpc_compat.h"
#include "grpc_paseto/interceptor/gate/guard_impl.h"
#include "grpc_paseto/interceptor/gate/metadata_interceptor.h"
#include "grpc_paseto/interceptor/gate/port_credentials.h"
#include "grpc_paseto/interceptor/gate/server_gate.h"

namespace paseto::interceptor {
namespace {

// The guard's credentials, or null for any other.
PortCredentials* GuardedPort(const std::shared_ptr<grpc::ServerCredentials>& credentials, const Guard::Impl& guard) {
  auto* const port = dynamic_cast<PortCredentials*>(credentials.get());
  return port != nullptr && port->guard() == &guard ? port : nullptr;
}

std::string UngatedPort(absl::string_view address) {
  return absl::StrCat("port ", address,
                      ": its credentials are not from this guard; use its Plaintext(), Tls() or Local()");
}

}  // namespace

// What the policy is made from, and what came of it.
struct GuardedServerBuilder::PolicyOutcome {
  PolicySources sources;
  std::shared_ptr<RuleSource> file;
  std::vector<std::string> problems;
  absl::Status trust;
};

// Compiles the policy when all services are registered (plugins add some), which gRPC does inside BuildAndStart. When
// it is wrong, no port of the guard may be bound, and gRPC gives up.
class GuardedServerBuilder::PolicyPlugin final : public grpc::ServerBuilderPlugin {
 public:
  PolicyPlugin(Guard::Impl& guard, ServerGate& gate, std::shared_ptr<ServerStart> start,
               std::shared_ptr<PolicyOutcome> outcome)
      : guard_(guard), gate_(gate), start_(std::move(start)), outcome_(std::move(outcome)) {}

  std::string name() override { return "grpc_paseto_policy"; }
  void Finish(grpc::ServerInitializer*) override {}
  void ChangeArguments(const std::string&, void*) override {}

  void InitServer(grpc::ServerInitializer* initializer) override {
    outcome_->sources.services = *initializer->GetServiceList();
    const absl::Status policy = gate_.policy().Start(outcome_->sources, outcome_->file);
    if (!policy.ok()) outcome_->problems.emplace_back(policy.message());
    if (!outcome_->problems.empty()) return;
    outcome_->trust = guard_.WaitForFirstTrust();
    start_->may_bind = outcome_->trust.ok();
  }

 private:
  Guard::Impl& guard_;
  ServerGate& gate_;
  const std::shared_ptr<ServerStart> start_;
  const std::shared_ptr<PolicyOutcome> outcome_;
};

class GuardedServerBuilder::PolicyOption final : public grpc::ServerBuilderOption {
 public:
  explicit PolicyOption(std::unique_ptr<PolicyPlugin> plugin) : plugin_(std::move(plugin)) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::move(plugin_));
  }

 private:
  std::unique_ptr<PolicyPlugin> plugin_;
};

GuardedServerBuilder::GuardedServerBuilder(Guard& guard) : guard_(guard) {}

GuardedServerBuilder& GuardedServerBuilder::SetRule(absl::string_view method, v1::AuthRule rule) {
  rules_.insert_or_assign(std::string(absl::StripPrefix(method, "/")), std::move(rule));
  return *this;
}

GuardedServerBuilder& GuardedServerBuilder::SetRuleFile(std::shared_ptr<RuleSource> file) {
  rule_file_ = std::move(file);
  return *this;
}

GuardedServerBuilder& GuardedServerBuilder::AddInterceptors(
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators) {
  user_interceptors_.insert(user_interceptors_.end(), std::make_move_iterator(creators.begin()),
                            std::make_move_iterator(creators.end()));
  return *this;
}

GuardedServerBuilder& GuardedServerBuilder::AddListeningPort(const std::string& address,
                                                             std::shared_ptr<grpc::ServerCredentials> credentials,
                                                             int* selected_port) {
  if (GuardedPort(credentials, guard_.impl()) == nullptr) {
    problems_.push_back(UngatedPort(address));
  } else {
    ServerBuilder::AddListeningPort(address, std::move(credentials), selected_port);
  }
  return *this;
}

GuardedServerBuilder& GuardedServerBuilder::RegisterAsyncGenericService(grpc::AsyncGenericService* service) {
  has_generic_service_ = true;
  ServerBuilder::RegisterAsyncGenericService(service);
  return *this;
}

GuardedServerBuilder& GuardedServerBuilder::RegisterCallbackGenericService(grpc::CallbackGenericService* service) {
  has_generic_service_ = true;
  ServerBuilder::RegisterCallbackGenericService(service);
  return *this;
}

absl::StatusOr<std::unique_ptr<grpc::Server>> GuardedServerBuilder::Start() {
  if (std::exchange(started_, true)) return absl::FailedPreconditionError("a builder starts one server only");
  Guard::Impl& guard = guard_.impl();
  ServerGate& gate = guard.AddServer();
  const auto start = std::make_shared<ServerStart>();
  const auto outcome = std::make_shared<PolicyOutcome>();
  outcome->sources.code_rules = rules_;
  outcome->file = rule_file_;
  outcome->sources.serves_every_method = has_generic_service_;
  outcome->sources.defaults = guard.rule_defaults();
  outcome->problems = problems_;

  bool may_build = true;
  for (const Port& port : ports()) {
    PortCredentials* const guarded = GuardedPort(port.creds, guard);
    if (guarded == nullptr) {
      may_build = false;
      outcome->problems.push_back(UngatedPort(port.addr));
    } else if (!guarded->Attach(&gate, start)) {
      may_build = false;
      outcome->problems.push_back(absl::StrCat(
          "port ", port.addr, ": its credentials belong to another server; call Plaintext() or Tls() again"));
    }
  }
  // gRPC would bind and serve such a port whatever the policy says.
  if (!may_build) return absl::FailedPreconditionError(absl::StrJoin(outcome->problems, "\n"));

  RegisterService(&gate.stream_authorization());
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(MakeStreamInterceptorFactory(gate, guard.streams(), guard.instance()));
  std::move(user_interceptors_.begin(), user_interceptors_.end(), std::back_inserter(interceptors));
  interceptors.push_back(MakeMetadataInterceptorFactory(gate));
  ServerBuilder::experimental().SetInterceptorCreators(std::move(interceptors));
  SetOption(std::make_unique<PolicyOption>(std::make_unique<PolicyPlugin>(guard, gate, start, outcome)));

  absl::StatusOr<std::unique_ptr<grpc::Server>> server = Build(*start, *outcome);
  if (!server.ok()) gate.policy().Stop();  // another attempt may follow the file
  return server;
}

absl::StatusOr<std::unique_ptr<grpc::Server>> GuardedServerBuilder::Build(const ServerStart& start,
                                                                          PolicyOutcome& outcome) {
  std::unique_ptr<grpc::Server> server = ServerBuilder::BuildAndStart();
  for (const std::string& address : start.not_bound) {
    outcome.problems.push_back(absl::StrCat("port ", address, ": could not be bound; is it in use, and is it yours?"));
  }
  if (!outcome.problems.empty()) return absl::FailedPreconditionError(absl::StrJoin(outcome.problems, "\n"));
  if (!outcome.trust.ok()) return outcome.trust;
  if (server == nullptr) return absl::FailedPreconditionError("gRPC did not build the server; its log says why");
  return server;
}

std::unique_ptr<grpc::Server> GuardedServerBuilder::BuildAndStart() {
  absl::StatusOr<std::unique_ptr<grpc::Server>> server = Start();
  if (server.ok()) return *std::move(server);
  WriteLog(GPR_ERROR, absl::StrCat("the guarded server does not start: ", server.status().message()));
  return nullptr;
}

}  // namespace paseto::interceptor
