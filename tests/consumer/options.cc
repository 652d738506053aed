// The optional components: a policy file is read, an observer counts. Exit code 0 when both did.
#include <prometheus/registry.h>

#include <iostream>

#include "grpc_paseto/interceptor/prometheus/prometheus_observer.h"
#include "grpc_paseto/interceptor/yaml/policy_file.h"

int main() {
  const auto rules = paseto::interceptor::ParsePolicyFile("policy.yaml", "rules:\n  a.B/C: {mode: public}\n");
  prometheus::Registry registry;
  paseto::interceptor::PrometheusObserver observer(registry);
  observer.OnRefused("/a.B/C", paseto::v1::REASON_TOKEN_MISSING);
  if (!rules.ok() || rules->size() != 1 || registry.Collect().empty()) {
    std::cerr << rules.status() << "\n";
    return 1;
  }
  return 0;
}
