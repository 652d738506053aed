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
bool NeedsExplicitRule(absl::string_view service) {
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
  explicit PolicyTableBuilder(const PolicySources& sources) : sources_(sources), table_(new PolicyTable()) {
    table_->names_ = sources.names;
    table_->earlier_shapes_ = sources.earlier_shapes;
  }

  absl::StatusOr<std::unique_ptr<const PolicyTable>> Build() {
    table_->default_rule_ = Compile("a method without a rule", {});
    // The server's own health service is registered when the server starts, and needs no code.
    absl::flat_hash_set<std::string> services(sources_.services.begin(), sources_.services.end());
    services.insert(std::string(kHealthService));
    for (const std::string& service : services) AddService(service);
    for (const auto& [name, rule] : sources_.code_rules) CheckRuleIsUsed(name, *FromCode(name, {}), services);
    for (const auto& [name, rule] : sources_.file_rules) {
      if (!IsShadowedByCode(name)) CheckRuleIsUsed(name, *FromFile(name, {}), services);
    }
    CollectShapes();
    CollectForwardedKeys();
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
    table_->services_.emplace(Keep(kStreamAuthorization), rule.get());
    table_->rules_.push_back(std::move(rule));
  }

  void AddService(const std::string& name) {
    if (name == kStreamAuthorization) return AddStreamAuthorization();
    const google::protobuf::ServiceDescriptor* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (name != kHealthService && !ExplicitRule(name + "/*", MethodKind::kUnknown).has_value()) {
      if (NeedsExplicitRule(name)) {
        Problem(name, ": tells about the server itself; say who may ask with SetRule(\"", name, "/*\", ...)");
      } else if (service == nullptr) {  // the default rule may be weaker than what its options say
        Problem(name, ": its descriptor is not in this program, so its options cannot be read; link all of its ",
                "generated code, or call SetRule(\"", name, "/*\", ...)");
      }
    }
    if (service == nullptr) {
      table_->services_.emplace(Keep(name), Compile(name + "/*", ServiceWideRule(name)));
      return;
    }
    for (int i = 0; i < service->method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *service->method(i);
      const std::string method_name = absl::StrCat(name, "/", method.name());
      const FoundRule found = RuleOf(method_name, method);
      // A rule for many methods is reported once, under the name of the service.
      const std::string& place = found.kind == MethodKind::kUnknown ? name + "/*" : method_name;
      table_->methods_.emplace(Keep(method_name), Compile(place, found));
    }
  }

  absl::string_view Keep(absl::string_view name) { return table_->names_->Keep(absl::StrCat("/", name)); }

  absl::optional<FoundRule> FromCode(const std::string& name, MethodKind kind) const {
    const auto rule = sources_.code_rules.find(name);
    if (rule == sources_.code_rules.end()) return absl::nullopt;
    return FoundRule{rule->second, kind, " (from code)"};
  }

  absl::optional<FoundRule> FromFile(const std::string& name, MethodKind kind) const {
    const auto rule = sources_.file_rules.find(name);
    if (rule == sources_.file_rules.end()) return absl::nullopt;
    return FoundRule{rule->second.rule, kind, absl::StrCat(" (", rule->second.place, ")")};
  }

  absl::optional<FoundRule> ExplicitRule(const std::string& name, MethodKind kind) const {
    absl::optional<FoundRule> from_code = FromCode(name, kind);
    return from_code.has_value() ? from_code : FromFile(name, kind);
  }

  bool IsShadowedByCode(const std::string& name) const {
    return sources_.code_rules.contains(name) ||
           sources_.code_rules.contains(absl::StrCat(name.substr(0, name.find('/')), "/*"));
  }

  // The first level that has a rule: code for the method, code for the service, the policy file for either, the
  // method's option, the service's, the .proto file's, what is built in.
  FoundRule RuleOf(const std::string& method_name, const google::protobuf::MethodDescriptor& method) const {
    const MethodKind kind =
        method.client_streaming() || method.server_streaming() ? MethodKind::kStreaming : MethodKind::kUnary;
    const google::protobuf::ServiceDescriptor& service = *method.service();
    const std::string whole_service = absl::StrCat(service.full_name(), "/*");
    if (absl::optional<FoundRule> found = FromCode(method_name, kind)) return *std::move(found);
    if (absl::optional<FoundRule> found = FromCode(whole_service, MethodKind::kUnknown)) return *std::move(found);
    if (absl::optional<FoundRule> found = FromFile(method_name, kind)) return *std::move(found);
    if (absl::optional<FoundRule> found = FromFile(whole_service, MethodKind::kUnknown)) return *std::move(found);
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
    return ServiceWideRule(std::string(service.full_name()));
  }

  // The rule of a service as a whole, from code, from the file or built in.
  FoundRule ServiceWideRule(const std::string& service) const {
    if (absl::optional<FoundRule> found = ExplicitRule(service + "/*", MethodKind::kUnknown)) return *std::move(found);
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

  void CheckRuleIsUsed(const std::string& name, const FoundRule& found,
                       const absl::flat_hash_set<std::string>& services) {
    const std::vector<std::string> parts = absl::StrSplit(name, '/');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
      Problem("rule of ", name, found.origin, ": write \"package.Service/Method\" or \"package.Service/*\"");
      return;
    }
    if (parts[0] == kStreamAuthorization) {
      Problem("rule of ", name, found.origin,
              ": its calls are judged by the rule of the stream's method; leave it out");
      return;
    }
    if (table_->methods_.contains("/" + name)) return;
    const bool is_registered = services.contains(parts[0]);
    if (is_registered && parts[1] == "*") return;
    const bool has_descriptor = is_registered && !table_->services_.contains("/" + parts[0]);
    if (has_descriptor || (!is_registered && !sources_.serves_every_method)) {
      Problem("rule of ", name, found.origin, ": the server has no such ",
              is_registered || parts[1] != "*" ? "method" : "service");
      return;
    }
    // A generic service, or a service without a descriptor, may well have it.
    const CompiledRule* compiled = Compile(name, {found.rule, MethodKind::kUnknown, found.origin});
    if (parts[1] == "*") {
      table_->services_.emplace(Keep(parts[0]), compiled);
    } else {
      table_->methods_.emplace(Keep(name), compiled);
    }
  }

  void CollectShapes() {
    for (const std::unique_ptr<const CompiledRule>& rule : table_->rules_) {
      if (rule->mode == v1::AuthRule::MODE_PUBLIC) continue;
      CheckPlaceIsJudged(rule->shape);
      AddShape(rule->shape);
    }
    for (const CredentialShape& shape : table_->earlier_shapes_) AddShape(shape);
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

  void AddShape(const CredentialShape& shape) {
    std::vector<const CredentialShape*>& shapes = table_->shapes_;
    const auto same = [&shape](const CredentialShape* other) { return *other == shape; };
    if (std::none_of(shapes.begin(), shapes.end(), same)) shapes.push_back(&shape);
    std::vector<std::string>& keys = table_->credential_keys_;
    if (std::find(keys.begin(), keys.end(), shape.metadata_key) == keys.end()) keys.push_back(shape.metadata_key);
  }

  void CollectForwardedKeys() {
    const std::vector<std::string>& credentials = table_->credential_keys_;
    std::vector<std::string>& keys = table_->forwarded_keys_;
    for (const std::unique_ptr<const CompiledRule>& rule : table_->rules_) {
      table_->any_changes_metadata_ |= rule->changes_metadata();
      for (const ForwardedClaim& forwarded : rule->forwarded_claims) {
        const std::string& key = forwarded.metadata_key;
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
      }
    }
    for (const std::string& key : keys) {
      const bool carries_assertion =
          std::any_of(table_->shapes_.begin(), table_->shapes_.end(), [&key](const CredentialShape* shape) {
            return shape->assertion.kind == AssertionSource::Kind::kMetadata && shape->assertion.value == key;
          });
      if (!carries_assertion && std::find(credentials.begin(), credentials.end(), key) == credentials.end()) continue;
      Problem("metadata key \"", key,
              "\" carries a credential or an assertion of one method and a forwarded claim of another; ",
              "give them different keys");
    }
  }

  // Calls in progress were let pass by an earlier table, which took nothing from a place that it did not know: what
  // stands there is a caller's unjudged text, and must not become an identity now.
  void CheckPlaceIsJudged(const CredentialShape& shape) {
    const std::vector<CredentialShape>& earlier = table_->earlier_shapes_;
    const auto same_place = [&shape](const CredentialShape& other) {
      return other.metadata_key == shape.metadata_key && other.scheme == shape.scheme;
    };
    if (earlier.empty() || std::any_of(earlier.begin(), earlier.end(), same_place)) return;
    Problem("metadata key \"", shape.metadata_key, "\" with the prefix \"", shape.scheme.empty() ? "-" : shape.scheme,
            "\": no method took its credential there when the server started; restart the server for this change");
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
