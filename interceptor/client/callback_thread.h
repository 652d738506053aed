// LeaveCallbackThread: runs the rest of a callback of gRPC's callback API where it may destroy anything.
//
// gRPC 1.51 joins the threads of that API when the last channel or server of the process that uses it goes. One of
// those threads would join itself, and the process die, were that object's last owner a callback. What a callback of
// this library owns (a keeper, and so a channel) may be the last of its kind, so it hands that over first.
#ifndef GRPC_PASETO_INTERCEPTOR_CLIENT_CALLBACK_THREAD_H_
#define GRPC_PASETO_INTERCEPTOR_CLIENT_CALLBACK_THREAD_H_

#include <functional>

namespace paseto::client {

// `rest` runs soon, once, and is destroyed, both on a thread of gRPC's that no channel owns.
void LeaveCallbackThread(std::function<void()> rest);

}  // namespace paseto::client

#endif  // GRPC_PASETO_INTERCEPTOR_CLIENT_CALLBACK_THREAD_H_
