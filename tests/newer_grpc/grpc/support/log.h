// Stands in for the header of a newer gRPC, which keeps the severities and declares no log for others.
#ifndef GRPC_SUPPORT_LOG_H
#define GRPC_SUPPORT_LOG_H

#include <grpc/support/port_platform.h>

#include <cstdlib>

typedef enum gpr_log_severity {
  GPR_LOG_SEVERITY_DEBUG,
  GPR_LOG_SEVERITY_INFO,
  GPR_LOG_SEVERITY_ERROR
} gpr_log_severity;

#define GPR_DEBUG __FILE__, __LINE__, GPR_LOG_SEVERITY_DEBUG
#define GPR_INFO __FILE__, __LINE__, GPR_LOG_SEVERITY_INFO
#define GPR_ERROR __FILE__, __LINE__, GPR_LOG_SEVERITY_ERROR

// Only the other headers of 1.51 ask for what follows; they are in this namespace.
namespace grpc {
void gpr_log(const char* file, int line, gpr_log_severity severity, const char* format, ...);
}
#define GPR_ASSERT(x) ((x) ? static_cast<void>(0) : std::abort())
#define GPR_DEBUG_ASSERT(x) GPR_ASSERT(x)

#endif  // GRPC_SUPPORT_LOG_H
