// RandomSource: where random bytes come from, so that tests can choose them.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_RANDOM_SOURCE_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_RANDOM_SOURCE_H_

#include <cstddef>
#include <string>

namespace paseto::service {

// Threads: all methods may be called from several threads at once.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  // `size` unpredictable bytes.
  virtual std::string Bytes(size_t size) = 0;
};

// The system's source, through libsodium.
class SystemRandom final : public RandomSource {
 public:
  SystemRandom();
  std::string Bytes(size_t size) override;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_RANDOM_SOURCE_H_
