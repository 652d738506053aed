// GrpcLog: gives what gRPC itself has to say to a JsonLog while it lives. One at a time in a process.
#ifndef GRPC_PASETO_SERVICE_SERVER_GRPC_LOG_H_
#define GRPC_PASETO_SERVICE_SERVER_GRPC_LOG_H_

#include "grpc_paseto/service/log/json_log.h"

namespace paseto::service {

class GrpcLog {
 public:
  // `log` outlives this object, and this object outlives every use of gRPC.
  explicit GrpcLog(const JsonLog& log);
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_GRPC_LOG_H_
