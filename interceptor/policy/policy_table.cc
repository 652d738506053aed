#include "grpc_paseto/interceptor/policy/policy_table.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"

namespace paseto::interceptor {
namespace {

constexpr absl::string_view kHealthService = "grpc.health.v1.Health";

constexpr absl::string_view kStreamAuthorization = "paseto.v1.StreamAuthorization";

// Services that tell about the server itself: who adds one must say who may ask.
bool NeedsRuleFromCode(absl::string_view service) {
  return service == "grpc.reflection.v1alpha.ServerReflection" || service == "grpc.reflection.v1.ServerReflection" ||
         service == "grpc.channelz.v1.Channelz";
}

v1::AuthRule PublicRule() {
  v1::AuthRule rule;
  rule.set_mode(v1::AuthRule::MODE_PUBLIC);
  return rule;
}

// A rule as it was found, and where.
struct FoundRule {
  v1::AuthRule rule;
  MethodKind kind = MethodKind::kUnknown;
  std::string origin;
};

}  // namespace

class PolicyTableBuilder {
 public:
  explicit PolicyTableBuilder(const PolicySources& sources) : sources_(sources), table_(new PolicyTable()) {}

  absl::StatusOr<std::unique_ptr<const PolicyTable>> Build() {
    table_->default_rule_ = Compile("a method without a rule", {});
    // The server's own health service is registered when the server starts, and needs no code.
    absl::flat_hash_set<std::string> services(sources_.services.begin(), sources_.services.end());
    services.insert(std::string(kHealthService));
    for (const std::string& service : services) AddService(service);
    for (const auto& [name, rule] : sources_.code_rules) CheckCodeRuleIsUsed(name, rule, services);
    CollectShapes();
    if (!problems_.empty()) {
      std::sort(problems_.begin(), problems_.end());
      problems_.erase(std::unique(problems_.begin(), problems_.end()), problems_.end());
      return absl::FailedPreconditionError(absl::StrJoin(problems_, "\n"));
    }
    return std::move(table_);
  }

 private:
  template <typename... Text>
  void Problem(const Text&... text) {
    problems_.push_back(absl::StrCat(text...));
  }

  // Its calls are judged by the rule of the stream that they name.
  void AddStreamAuthorization() {
    auto rule = std::make_unique<CompiledRule>();
    rule->mode = v1::AuthRule::MODE_PUBLIC;
    rule->judged_by_handler = true;
    table_->services_.emplace(absl::StrCat("/", kStreamAuthorization), rule.get());
    table_->rules_.push_back(std::move(rule));
  }

  void AddService(const std::string& name) {
    if (name == kStreamAuthorization) return AddStreamAuthorization();
    const google::protobuf::ServiceDescriptor* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (name != kHealthService && !sources_.code_rules.contains(name + "/*")) {
      if (NeedsRuleFromCode(name)) {
        Problem(name, ": tells about the server itself; say who may ask with SetRule(\"", name, "/*\", ...)");
      } else if (service == nullptr) {  // the default rule may be weaker than what its options say
        Problem(name, ": its descriptor is not in this program, so its options cannot be read; link all of its ",
                "generated code, or call SetRule(\"", name, "/*\", ...)");
      }
    }
    if (service == nullptr) {
      table_->services_.emplace("/" + name, Compile(name + "/*", ServiceWideRule(name)));
      return;
    }
    for (int i = 0; i < service->method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *service->method(i);
      const std::string method_name = absl::StrCat(name, "/", method.name());
      const FoundRule found = RuleOf(method_name, method);
      // A rule for many methods is reported once, under the name of the service.
      const std::string& place = found.kind == MethodKind::kUnknown ? name + "/*" : method_name;
      table_->methods_.emplace("/" + method_name, Compile(place, found));
    }
  }

  // The first level that has a rule: code for the method, code for the service, the method's option, the service's, the
  // file's, what is built in.
  FoundRule RuleOf(const std::string& method_name, const google::protobuf::MethodDescriptor& method) const {
    const MethodKind kind =
        method.client_streaming() || method.server_streaming() ? MethodKind::kStreaming : MethodKind::kUnary;
    const google::protobuf::ServiceDescriptor& service = *method.service();
    const auto from_code = sources_.code_rules.find(method_name);
    if (from_code != sources_.code_rules.end()) return {from_code->second, kind, " (from code)"};
    if (sources_.code_rules.contains(service.full_name() + "/*")) return ServiceWideRule(service.full_name());
    if (method.options().HasExtension(v1::auth)) {
      return {method.options().GetExtension(v1::auth), kind, absl::StrCat(" (option in ", method.file()->name(), ")")};
    }
    if (service.options().HasExtension(v1::service_auth)) {
      return {service.options().GetExtension(v1::service_auth), MethodKind::kUnknown,
              absl::StrCat(" (service_auth of ", service.full_name(), ")")};
    }
    if (method.file()->options().HasExtension(v1::file_auth)) {
      return {method.file()->options().GetExtension(v1::file_auth), MethodKind::kUnknown,
              absl::StrCat(" (file_auth of ", method.file()->name(), ")")};
    }
    return ServiceWideRule(service.full_name());
  }

  // The rule of a service as a whole, from code or built in.
  FoundRule ServiceWideRule(const std::string& service) const {
    const auto from_code = sources_.code_rules.find(service + "/*");
    if (from_code != sources_.code_rules.end()) return {from_code->second, MethodKind::kUnknown, " (from code)"};
    if (service == kHealthService) return {PublicRule(), MethodKind::kUnknown, ""};
    return {};
  }

  const CompiledRule* Compile(const std::string& name, const FoundRule& found) {
    absl::StatusOr<CompiledRule> compiled = CompileRule(found.rule, found.kind, sources_.defaults);
    if (!compiled.ok()) {
      Problem("rule of ", name, found.origin, ": ", absl::string_view(compiled.status().message()));
      return table_->default_rule_;
    }
    table_->rules_.push_back(std::make_unique<const CompiledRule>(*std::move(compiled)));
    return table_->rules_.back().get();
  }

  void CheckCodeRuleIsUsed(const std::string& name, const v1::AuthRule& rule,
                           const absl::flat_hash_set<std::string>& services) {
    const std::vector<std::string> parts = absl::StrSplit(name, '/');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
      Problem("rule of ", name, " (from code): write \"package.Service/Method\" or \"package.Service/*\"");
      return;
    }
    if (parts[0] == kStreamAuthorization) {
      Problem("rule of ", name, " (from code): its calls are judged by the rule of the stream's method; leave it out");
      return;
    }
    if (table_->methods_.contains("/" + name)) return;
    const bool is_registered = services.contains(parts[0]);
    if (is_registered && parts[1] == "*") return;
    const bool has_descriptor = is_registered && !table_->services_.contains("/" + parts[0]);
    if (has_descriptor || (!is_registered && !sources_.serves_every_method)) {
      Problem("rule of ", name, " (from code): the server has no such ",
              is_registered || parts[1] != "*" ? "method" : "service");
      return;
    }
    // A generic service, or a service without a descriptor, may well have it.
    const CompiledRule* compiled = Compile(name, {rule, MethodKind::kUnknown, " (from code)"});
    if (parts[1] == "*") {
      table_->services_.emplace("/" + parts[0], compiled);
    } else {
      table_->methods_.emplace("/" + name, compiled);
    }
  }

  void CollectShapes() {
    for (const std::unique_ptr<const CompiledRule>& rule : table_->rules_) {
      if (rule->mode == v1::AuthRule::MODE_PUBLIC) continue;
      std::vector<const CredentialShape*>& shapes = table_->shapes_;
      const auto same = [&rule](const CredentialShape* shape) { return *shape == rule->shape; };
      if (std::none_of(shapes.begin(), shapes.end(), same)) shapes.push_back(&rule->shape);
      std::vector<std::string>& keys = table_->credential_keys_;
      if (std::find(keys.begin(), keys.end(), rule->shape.metadata_key) == keys.end()) {
        keys.push_back(rule->shape.metadata_key);
      }
    }
    for (const CredentialShape* shape : table_->shapes_) {
      const std::vector<std::string>& keys = table_->credential_keys_;
      if (shape->assertion.kind == AssertionSource::Kind::kMetadata &&
          std::find(keys.begin(), keys.end(), shape->assertion.value) != keys.end()) {
        Problem("metadata key \"", shape->assertion.value,
                "\" carries the credential of one method and the assertion of another; "
                "give them different keys");
      }
    }
  }

  const PolicySources& sources_;
  std::unique_ptr<PolicyTable> table_;
  std::vector<std::string> problems_;
};

absl::StatusOr<std::unique_ptr<const PolicyTable>> PolicyTable::Create(const PolicySources& sources) {
  return PolicyTableBuilder(sources).Build();
}

PolicyTable::Match PolicyTable::Find(absl::string_view path) const {
  const auto method = methods_.find(path);
  if (method != methods_.end()) return {method->second, method->first};
  const size_t slash = path.rfind('/');
  if (slash == absl::string_view::npos) return {default_rule_, {}};
  const auto service = services_.find(path.substr(0, slash));
  if (service != services_.end()) return {service->second, service->first};
  return {default_rule_, {}};
}

}  // namespace paseto::interceptor
