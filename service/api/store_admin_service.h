// The handlers of paseto.v1.StoreAdmin. Each reads: who calls and may it, is the request well formed, act, fill.
#ifndef GRPC_PASETO_SERVICE_API_STORE_ADMIN_SERVICE_H_
#define GRPC_PASETO_SERVICE_API_STORE_ADMIN_SERVICE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/api/call.h"
#include "grpc_paseto/service/api/calls_in_flight.h"
#include "grpc_paseto/service/log/rpc_log.h"
#include "grpc_paseto/service/policy/call_rates.h"
#include "grpc_paseto/service/policy/caller_policy.h"
#include "grpc_paseto/service/store/session_store.h"
#include "paseto/v1/store_admin.grpc.pb.h"

namespace paseto::service {

struct FinishedBackup {
  std::string file;
  FeedPosition head;
  int64_t commits = 0;
};

class StoreAdminService final : public v1::StoreAdmin::CallbackService {
 public:
  // Makes a backup with this name. Errors: INVALID_ARGUMENT for the name; others as the store has them.
  using BackUpStore = std::function<void(const std::string& name, Done<FinishedBackup> done)>;

  // All outlive the service and every call of it.
  StoreAdminService(BackUpStore back_up, const CallerPolicies& policies, const RpcLog& log, CallRates& rates);

  // Refuses new calls and waits for those that run. False when some are left at `deadline`.
  bool Drain(absl::Time deadline) { return calls_.Drain(deadline); }

  grpc::ServerUnaryReactor* BackUp(grpc::CallbackServerContext* context, const v1::BackUpRequest* request,
                                   v1::BackUpResponse* response) override;

 private:
  // OK when the caller may manage the store.
  absl::Status Admit(Call& call) const;

  const BackUpStore back_up_;
  const CallerPolicies& policies_;
  CallsInFlight calls_;
  const Call::Shared shared_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_API_STORE_ADMIN_SERVICE_H_
