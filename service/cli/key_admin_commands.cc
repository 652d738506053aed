#include "grpc_paseto/service/cli/key_admin_commands.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "paseto/v1/key_admin.grpc.pb.h"

namespace paseto::service {
namespace {

// "active" of KEY_STATE_ACTIVE: the contract's names are the names of key files.
std::string ShortName(const std::string& name, absl::string_view prefix) {
  return absl::AsciiStrToLower(name.substr(prefix.size()));
}
std::string UseName(v1::KeyUse use) { return ShortName(v1::KeyUse_Name(use), "KEY_USE_"); }
std::string StateName(v1::KeyState state) { return ShortName(v1::KeyState_Name(state), "KEY_STATE_"); }

absl::Time Since(const v1::ManagedKey& key) { return absl::FromUnixSeconds(key.state_since().seconds()); }

Report Describe(const v1::ManagedKey& key) {
  Report report;
  report.Add("key_id", key.key_id());
  report.Add("use", UseName(key.use()));
  report.Add("kind", key.kind());
  report.Add("state", StateName(key.state()));
  report.Add("since", Since(key));
  report.Add("verifiers_behind", int64_t{key.verifiers_behind()});
  if (!key.public_key().empty()) report.Add("public_key", key.public_key());
  return report;
}

template <typename Request, typename Response>
Outcome Change(const ChangeKeyOptions& options,
               grpc::Status (v1::KeyAdmin::Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
  Request request;
  request.set_key_id(options.key_id);
  return Ask(options.server, method, request, [](const Response& response) { return Describe(response.key()); });
}

}  // namespace

Outcome ListServerKeys(const CallOptions& server) {
  return Ask(server, &v1::KeyAdmin::Stub::ListKeys, v1::ListKeysRequest(), [](const v1::ListKeysResponse& response) {
    std::vector<std::vector<std::string>> rows;
    for (const v1::ManagedKey& key : response.keys()) {
      rows.push_back({key.key_id(), UseName(key.use()), key.kind(), StateName(key.state()),
                      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", Since(key), absl::UTCTimeZone()),
                      absl::StrCat(key.verifiers_behind()), key.has_secret() ? "yes" : "no"});
    }
    Report report;
    report.Add("key_set_version", int64_t{response.key_set_version()});
    report.Add("verifiers", int64_t{response.verifiers()});
    report.AddTable("keys", {"key_id", "use", "kind", "state", "since", "verifiers_behind", "secret"}, std::move(rows));
    return report;
  });
}

Outcome PrepareKey(const PrepareKeyOptions& options) {
  v1::PrepareKeyRequest request;
  request.set_kind(options.kind);
  v1::KeyUse use = v1::KEY_USE_UNSPECIFIED;
  if (!v1::KeyUse_Parse(absl::StrCat("KEY_USE_", absl::AsciiStrToUpper(options.use)), &use)) {
    return UsageFailure("--use must be access, refresh or client");
  }
  request.set_use(use);
  return Ask(options.server, &v1::KeyAdmin::Stub::PrepareKey, request,
             [](const v1::PrepareKeyResponse& response) { return Describe(response.key()); });
}

Outcome ActivateKey(const ChangeKeyOptions& options) { return Change(options, &v1::KeyAdmin::Stub::ActivateKey); }

Outcome RetireKey(const ChangeKeyOptions& options) { return Change(options, &v1::KeyAdmin::Stub::RetireKey); }

Outcome RevokeKey(const ChangeKeyOptions& options) { return Change(options, &v1::KeyAdmin::Stub::RevokeKey); }

}  // namespace paseto::service
