// The handlers of paseto.v1.KeyAdmin. Each reads: who calls and may it, is the request well formed, act, fill.
#ifndef GRPC_PASETO_SERVICE_API_KEY_ADMIN_SERVICE_H_
#define GRPC_PASETO_SERVICE_API_KEY_ADMIN_SERVICE_H_

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/service/api/call.h"
#include "grpc_paseto/service/api/calls_in_flight.h"
#include "grpc_paseto/service/keys/key_keeper.h"
#include "grpc_paseto/service/log/rpc_log.h"
#include "grpc_paseto/service/policy/caller_policy.h"
#include "paseto/v1/key_admin.grpc.pb.h"

namespace paseto::service {

class KeyAdminService final : public v1::KeyAdmin::CallbackService {
 public:
  // All outlive the service and every call of it. `keys` are those that `keeper` publishes.
  KeyAdminService(KeyKeeper& keeper, const KeyRing& keys, const CallerPolicies& policies, const RpcLog& log,
                  CallRates& rates);

  // Refuses new calls and waits for those that run. False when some are left at `deadline`.
  bool Drain(absl::Time deadline) { return calls_.Drain(deadline); }

  grpc::ServerUnaryReactor* ListKeys(grpc::CallbackServerContext* context, const v1::ListKeysRequest* request,
                                     v1::ListKeysResponse* response) override;
  grpc::ServerUnaryReactor* PrepareKey(grpc::CallbackServerContext* context, const v1::PrepareKeyRequest* request,
                                       v1::PrepareKeyResponse* response) override;
  grpc::ServerUnaryReactor* ActivateKey(grpc::CallbackServerContext* context, const v1::ActivateKeyRequest* request,
                                        v1::ActivateKeyResponse* response) override;
  grpc::ServerUnaryReactor* RetireKey(grpc::CallbackServerContext* context, const v1::RetireKeyRequest* request,
                                      v1::RetireKeyResponse* response) override;
  grpc::ServerUnaryReactor* RevokeKey(grpc::CallbackServerContext* context, const v1::RevokeKeyRequest* request,
                                      v1::RevokeKeyResponse* response) override;

 private:
  using Act = void (KeyKeeper::*)(std::string id, ClientId by, Done<KeyTable> done);

  // The caller, who may manage keys.
  absl::StatusOr<ClientId> Admit(Call& call) const;
  // The frame of the three calls that change a key by its id.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* ChangeKey(Call call, const Request& request, Response* response, Act act);
  // The key's message, with the verifiers that are behind.
  v1::ManagedKey Describe(const KeyRow& row, absl::Span<const VerifierAck> acks) const;
  // Answers with the key `id` as it is in `table`.
  template <typename Response>
  void AnswerWithKey(Call call, KeyTable table, std::string id, Response* response);

  CallsInFlight calls_;
  const Call::Shared shared_;
  KeyKeeper& keeper_;
  const KeyRing& keys_;
  const CallerPolicies& policies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_API_KEY_ADMIN_SERVICE_H_
