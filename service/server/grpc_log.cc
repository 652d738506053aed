#include "grpc_paseto/service/server/grpc_log.h"

#include <grpc/support/log.h>

#include <atomic>

namespace paseto::service {
namespace {

// gRPC's log function is a plain pointer for the whole process.
std::atomic<const JsonLog*> g_log{nullptr};

void Write(gpr_log_func_args* args) {
  const JsonLog* log = g_log.load(std::memory_order_acquire);
  if (log == nullptr) return;
  const LogSeverity severity = args->severity == GPR_LOG_SEVERITY_ERROR  ? LogSeverity::kWarn
                               : args->severity == GPR_LOG_SEVERITY_INFO ? LogSeverity::kInfo
                                                                         : LogSeverity::kDebug;
  log->Message(severity, args->message, {{"from", "grpc"}});
}

}  // namespace

GrpcLog::GrpcLog(const JsonLog& log) {
  g_log.store(&log, std::memory_order_release);
  gpr_set_log_function(&Write);
}

GrpcLog::~GrpcLog() {
  gpr_set_log_function(nullptr);
  g_log.store(nullptr, std::memory_order_release);
}

}  // namespace paseto::service
