#include "grpc_paseto/service/api/key_admin_service.h"

#include <algorithm>
#include <utility>

#include "grpc_paseto/interceptor/trust/wire.h"
#include "grpc_paseto/service/api/field_rules.h"
#include "grpc_paseto/service/api/limits.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

// What the store or a plan says, as a refusal.
absl::Status KeyRefusal(const absl::Status& status) {
  if (absl::IsNotFound(status)) return RequestInvalid("key_id", status.message());
  if (absl::IsInvalidArgument(status)) return RequestInvalid("kind", status.message());
  if (absl::IsFailedPrecondition(status)) return KeyNotActive(status.message());
  return StoreRefusal(status);
}

v1::KeyUse ToWire(KeyUse use) {
  switch (use) {
    case KeyUse::kAccess:
      return v1::KEY_USE_ACCESS;
    case KeyUse::kForeign:
      return v1::KEY_USE_FOREIGN;
    case KeyUse::kRefresh:
      return v1::KEY_USE_REFRESH;
    case KeyUse::kClient:
      return v1::KEY_USE_CLIENT;
  }
  return v1::KEY_USE_UNSPECIFIED;
}

struct NewKey {
  KeyUse use;
  TokenKind kind;
};

absl::StatusOr<NewKey> OrderOf(const v1::PrepareKeyRequest& request) {
  NewKey order{KeyUse::kAccess, kV4Public};
  if (request.use() == v1::KEY_USE_REFRESH) {
    order = {KeyUse::kRefresh, kV4Local};
  } else if (request.use() == v1::KEY_USE_CLIENT) {
    order.use = KeyUse::kClient;
  } else if (request.use() != v1::KEY_USE_ACCESS) {
    return RequestInvalid("use", "must be KEY_USE_ACCESS, KEY_USE_REFRESH or KEY_USE_CLIENT");
  }
  if (request.kind().empty()) return order;
  const absl::StatusOr<TokenKind> kind = ParseTokenKind(request.kind());
  if (!kind.ok()) return RequestInvalid("kind", "must be v4.public, v4.local, v3.public or v3.local");
  order.kind = *kind;
  return order;
}

}  // namespace

KeyAdminService::KeyAdminService(KeyKeeper& keeper, const KeyRing& keys, const CallerPolicies& policies,
                                 const RpcLog& log, CallRates& rates)
    : shared_{log, calls_, &rates}, keeper_(keeper), keys_(keys), policies_(policies) {}

absl::StatusOr<ClientId> KeyAdminService::Admit(Call& call) const {
  absl::StatusOr<ClientId> caller = call.Caller();
  if (!caller.ok()) return caller;
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(policies_, *caller);
  if (!policy.ok()) return policy.status();
  if ((*policy)->may_manage_keys()) return caller;
  return ClientNotAllowed("the client may not manage keys; the operator allows it with manage_keys");
}

v1::ManagedKey KeyAdminService::Describe(const KeyRow& row, absl::Span<const VerifierAck> acks) const {
  v1::ManagedKey key;
  key.set_key_id(row.id);
  key.set_kind(std::string(TokenKindName(row.kind)));
  key.set_use(ToWire(row.use));
  key.set_state(interceptor::ToWire(row.state));
  *key.mutable_state_since() = interceptor::ToWire(row.state_since);
  key.set_has_secret(row.has_secret());
  key.set_published_version(row.published_version);
  key.set_verifiers_behind(static_cast<int32_t>(std::count_if(
      acks.begin(), acks.end(), [&](const VerifierAck& ack) { return ack.key_version < row.published_version; })));
  key.mutable_foreign_claims()->Add(row.foreign_claims.begin(), row.foreign_claims.end());
  const absl::StatusOr<KeyId> id = KeyId::Parse(row.id);
  const std::shared_ptr<const KeySet> published = keys_.Current();
  const Key* const found = id.ok() ? published->Find(*id) : nullptr;
  if (found != nullptr) key.set_public_key(found->PublicPaserk());
  return key;
}

template <typename Response>
void KeyAdminService::AnswerWithKey(Call call, KeyTable table, std::string id, Response* response) {
  keeper_.ReadAcks([this, call = std::move(call), table = std::move(table), id = std::move(id),
                    response](absl::StatusOr<std::vector<VerifierAck>> acks) mutable {
    if (!acks.ok()) return call.Finish(StoreRefusal(acks.status()));
    for (const KeyRow& row : table.rows) {
      if (row.id == id) *response->mutable_key() = Describe(row, *acks);
    }
    call.Finish(absl::OkStatus());
  });
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* KeyAdminService::ChangeKey(Call call, const Request& request, Response* response, Act act) {
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  absl::StatusOr<ClientId> caller = Admit(call);
  absl::Status admitted = caller.status();
  if (admitted.ok()) admitted = FieldRules().Length("key_id", request.key_id(), 1, kLongestKeyId).status();
  if (!admitted.ok()) {
    call.Finish(admitted);
    return reactor;
  }
  (keeper_.*act)(
      request.key_id(), *std::move(caller),
      [this, call = std::move(call), id = request.key_id(), response](absl::StatusOr<KeyTable> table) mutable {
        if (!table.ok()) return call.Finish(KeyRefusal(table.status()));
        AnswerWithKey(std::move(call), *std::move(table), std::move(id), response);
      });
  return reactor;
}

grpc::ServerUnaryReactor* KeyAdminService::ListKeys(grpc::CallbackServerContext* context, const v1::ListKeysRequest*,
                                                    v1::ListKeysResponse* response) {
  Call call(*context, "KeyAdmin/ListKeys", shared_);
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  if (const absl::StatusOr<ClientId> caller = Admit(call); !caller.ok()) {
    call.Finish(caller.status());
    return reactor;
  }
  keeper_.Read([this, call = std::move(call), response](absl::StatusOr<KeyTable> table) mutable {
    if (!table.ok()) return call.Finish(KeyRefusal(table.status()));
    keeper_.ReadAcks([this, call = std::move(call), table = *std::move(table),
                      response](absl::StatusOr<std::vector<VerifierAck>> acks) mutable {
      if (!acks.ok()) return call.Finish(StoreRefusal(acks.status()));
      for (const KeyRow& row : table.rows) *response->add_keys() = Describe(row, *acks);
      response->set_key_set_version(table.version);
      response->set_verifiers(static_cast<int32_t>(acks->size()));
      call.Finish(absl::OkStatus());
    });
  });
  return reactor;
}

grpc::ServerUnaryReactor* KeyAdminService::PrepareKey(grpc::CallbackServerContext* context,
                                                      const v1::PrepareKeyRequest* request,
                                                      v1::PrepareKeyResponse* response) {
  Call call(*context, "KeyAdmin/PrepareKey", shared_);
  grpc::ServerUnaryReactor* const reactor = call.reactor();
  absl::StatusOr<ClientId> caller = Admit(call);
  const absl::StatusOr<NewKey> order = caller.ok() ? OrderOf(*request) : caller.status();
  if (!order.ok()) {
    call.Finish(order.status());
    return reactor;
  }
  keeper_.Prepare(order->kind, order->use, *std::move(caller),
                  [this, call = std::move(call), order = *order, response](absl::StatusOr<KeyTable> table) mutable {
                    if (!table.ok()) return call.Finish(KeyRefusal(table.status()));
                    std::string id;
                    for (const KeyRow& row : table->rows) {
                      const bool is_new = row.published_version == table->version;
                      if (is_new && row.use == order.use && row.kind == order.kind) id = row.id;
                    }
                    AnswerWithKey(std::move(call), *std::move(table), std::move(id), response);
                  });
  return reactor;
}

grpc::ServerUnaryReactor* KeyAdminService::ActivateKey(grpc::CallbackServerContext* context,
                                                       const v1::ActivateKeyRequest* request,
                                                       v1::ActivateKeyResponse* response) {
  return ChangeKey(Call(*context, "KeyAdmin/ActivateKey", shared_), *request, response, &KeyKeeper::Activate);
}

grpc::ServerUnaryReactor* KeyAdminService::RetireKey(grpc::CallbackServerContext* context,
                                                     const v1::RetireKeyRequest* request,
                                                     v1::RetireKeyResponse* response) {
  return ChangeKey(Call(*context, "KeyAdmin/RetireKey", shared_), *request, response, &KeyKeeper::Retire);
}

grpc::ServerUnaryReactor* KeyAdminService::RevokeKey(grpc::CallbackServerContext* context,
                                                     const v1::RevokeKeyRequest* request,
                                                     v1::RevokeKeyResponse* response) {
  return ChangeKey(Call(*context, "KeyAdmin/RevokeKey", shared_), *request, response, &KeyKeeper::Revoke);
}

}  // namespace paseto::service
