#include "grpc_paseto/examples/guarded_service/sync_shop.h"

#include "absl/time/time.h"
#include "grpc_paseto/interceptor/gate/guard.h"

namespace examples::shop {
namespace {

using paseto::interceptor::Principal;
using paseto::interceptor::PrincipalFrom;
using paseto::interceptor::ToGrpcStatus;

constexpr absl::Duration kPace = absl::Milliseconds(250);

}  // namespace

grpc::Status SyncShop::GetOrder(grpc::ServerContext* context, const v1::GetOrderRequest*,
                                v1::GetOrderResponse* response) {
  const absl::StatusOr<Principal> caller = PrincipalFrom(*context);
  if (!caller.ok()) return ToGrpcStatus(caller.status());
  response->set_product("tea for " + caller->subject());
  return grpc::Status::OK;
}

grpc::Status SyncShop::WatchOrders(grpc::ServerContext* context, const v1::WatchOrdersRequest*,
                                   grpc::ServerWriter<v1::WatchOrdersResponse>* writer) {
  v1::WatchOrdersResponse event;
  event.set_order_id("1");
  event.set_state("on the road");
  do {
    // Asked again for each message: the stream may have been renewed with another token, of fewer scopes.
    const absl::StatusOr<Principal> caller = PrincipalFrom(*context);
    if (!caller.ok()) return ToGrpcStatus(caller.status());
    // False when the client went away or the guard ended the stream; the status that is returned then reaches nobody.
    if (!writer->Write(event)) break;
  } while (!stopping_.WaitForNotificationWithTimeout(kPace));
  return grpc::Status::OK;
}

}  // namespace examples::shop
