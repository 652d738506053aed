#include "grpc_paseto/service/api/store_admin_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "grpc_paseto/service/api/field_rules.h"
#include "grpc_paseto/service/api/limits.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

// Nothing that leaves the folder, or hides in it.
bool IsFileName(const std::string& name) {
  return !name.empty() && absl::ascii_isalnum(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

StoreAdminService::StoreAdminService(BackUpStore back_up, const CallerPolicies& policies, const RpcLog& log,
                                     CallRates& rates)
    : back_up_(std::move(back_up)), policies_(policies), shared_{log, calls_, &rates} {}

absl::Status StoreAdminService::Admit(Call& call) const {
  const absl::StatusOr<ClientId> caller = call.Caller();
  if (!caller.ok()) return caller.status();
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(policies_, *caller);
  if (!policy.ok()) return policy.status();
  if ((*policy)->may_manage_store()) return absl::OkStatus();
  return ClientNotAllowed("the client may not manage the store; the operator allows it with manage_store");
}

grpc::ServerUnaryReactor* StoreAdminService::BackUp(grpc::CallbackServerContext* context,
                                                    const v1::BackUpRequest* request, v1::BackUpResponse* response) {
  Call call(*context, "StoreAdmin/BackUp", shared_);
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  absl::Status admitted = Admit(call);
  if (admitted.ok()) {
    admitted = FieldRules()
                   .Length("name", request->name(), 1, kLongestBackupName)
                   .Check(IsFileName(request->name()), "name",
                          "must have letters, digits and . _ - only, and begin with a letter or a digit")
                   .status();
  }
  if (!admitted.ok()) {
    call.Finish(admitted);
    return reactor;
  }
  back_up_(request->name(), [call = std::move(call), response](absl::StatusOr<FinishedBackup> made) mutable {
    if (absl::IsInvalidArgument(made.status())) return call.Finish(RequestInvalid("name", made.status().message()));
    if (!made.ok()) return call.Finish(StoreRefusal(made.status()));
    response->set_file(made->file);
    response->set_epoch(made->head.epoch);
    response->set_revision(made->head.revision);
    response->set_commits(made->commits);
    call.Finish(absl::OkStatus());
  });
  return reactor;
}

}  // namespace paseto::service
