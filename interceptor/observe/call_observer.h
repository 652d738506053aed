// CallObserver: what the guard decided, by method and reason. For metrics and logs; no token text passes through it.
#ifndef GRPC_PASETO_INTERCEPTOR_OBSERVE_CALL_OBSERVER_H_
#define GRPC_PASETO_INTERCEPTOR_OBSERVE_CALL_OBSERVER_H_

#include "absl/strings/string_view.h"
#include "paseto/v1/reason.pb.h"

namespace paseto::interceptor {

// Threads: methods are called from several threads at once, on the path of every call: they must be quick. One that
// throws refuses the call INTERNAL; a stream is ended all the same.
class CallObserver {
 public:
  virtual ~CallObserver() = default;

  // A call passed the gate. `method` is "/package.Service/Method". A call of paseto.v1.StreamAuthorization is reported
  // when it has succeeded, or as refused.
  virtual void OnAllowed(absl::string_view method, bool anonymous, bool was_cached) = 0;
  // A call was refused. For a method that the server does not have, `method` is empty: strangers choose that text.
  virtual void OnRefused(absl::string_view method, v1::Reason reason) = 0;
  // A stream was ended by the guard, perhaps as it began.
  virtual void OnStreamEnded(absl::string_view method, v1::Reason reason) = 0;
  // A stream would have been ended, but the guard only counts. By default nothing happens.
  virtual void OnStreamWouldEnd(absl::string_view /*method*/, v1::Reason /*reason*/) {}
  // A call was judged by trust data older than the bound, because its rule allows it.
  virtual void OnStaleTrustUsed(absl::string_view method) = 0;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_OBSERVE_CALL_OBSERVER_H_
