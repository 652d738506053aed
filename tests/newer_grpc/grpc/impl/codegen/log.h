// What some headers of 1.51 include in the place of <grpc/support/log.h>.
#include <grpc/support/log.h>
