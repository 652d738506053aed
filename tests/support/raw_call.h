// RawCall: one call by the name of its method, with message bytes, for services whose code the tests do not generate.
#ifndef GRPC_PASETO_TESTS_SUPPORT_RAW_CALL_H_
#define GRPC_PASETO_TESTS_SUPPORT_RAW_CALL_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"

namespace paseto {

// Used by one thread. Each step waits until it is done.
class RawCall {
 public:
  RawCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& bearer_token)
      : stub_(channel) {
    if (!bearer_token.empty()) context_.AddMetadata("authorization", "Bearer " + bearer_token);
    stream_ = stub_.PrepareCall(&context_, method, &queue_);
    stream_->StartCall(this);
    Await();
  }
  ~RawCall() {
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) continue;
  }

  // Sends the only request.
  void Send(const std::string& message) {
    const grpc::Slice slice(message);
    stream_->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), this);
    Await();
  }
  // The next message; nullopt at the end of the stream.
  absl::optional<std::string> Read() {
    grpc::ByteBuffer buffer;
    stream_->Read(&buffer, this);
    if (!Await()) return absl::nullopt;
    std::vector<grpc::Slice> slices;
    if (!buffer.Dump(&slices).ok()) return absl::nullopt;
    std::string message;
    for (const grpc::Slice& slice : slices) message.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    return message;
  }
  // How the call ended. REQUIRES: Read gave nullopt.
  absl::Status Finish() {
    grpc::Status status;
    stream_->Finish(&status, this);
    Await();
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }

 private:
  bool Await() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_RAW_CALL_H_
