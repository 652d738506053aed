#include "grpc_paseto/service/cli/health_command.h"

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <string>
#include <vector>

#include "absl/synchronization/notification.h"

namespace paseto::service {
namespace {

constexpr char kCheckMethod[] = "/grpc.health.v1.Health/Check";
// HealthCheckResponse with its only field, status = SERVING (1). The request without a service name is no bytes at all.
constexpr absl::string_view kServing("\x08\x01", 2);

std::string Bytes(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!message.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace

Outcome CheckHealth(const CallOptions& options) {
  const absl::StatusOr<ServerCall> server = ServerCall::Create(options);
  if (!server.ok()) return UsageFailure(server.status());
  grpc::ClientContext context;
  server->Prepare(context);
  const grpc::Slice no_bytes;
  const grpc::ByteBuffer request(&no_bytes, 1);
  grpc::ByteBuffer response;
  grpc::Status status;
  absl::Notification answered;
  grpc::GenericStub(server->channel())
      .UnaryCall(&context, kCheckMethod, {}, &request, &response, [&](grpc::Status result) {
        status = std::move(result);
        answered.Notify();
      });
  answered.WaitForNotification();
  if (!status.ok()) return server->Explain(status);
  if (Bytes(response) != kServing) {
    return Failure{ExitCode::kRefused, "", "tokend answers, but does not serve: it is stopping",
                   "its log says why it was told to stop"};
  }
  Report report;
  report.Add("status", "serving");
  return report;
}

}  // namespace paseto::service
