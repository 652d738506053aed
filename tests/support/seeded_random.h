// SeededRandom: a RandomSource that gives the same bytes in every run. ConstantRandom: one that gives one byte only.
#ifndef GRPC_PASETO_TESTS_SUPPORT_SEEDED_RANDOM_H_
#define GRPC_PASETO_TESTS_SUPPORT_SEEDED_RANDOM_H_

#include <random>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/lifecycle/random_source.h"

namespace paseto::service {

class SeededRandom final : public RandomSource {
 public:
  std::string Bytes(size_t size) override {
    absl::MutexLock lock(&mutex_);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(engine_());
    return bytes;
  }

 private:
  absl::Mutex mutex_;
  std::mt19937_64 engine_ ABSL_GUARDED_BY(mutex_){20240101};
};

class ConstantRandom final : public RandomSource {
 public:
  explicit ConstantRandom(char byte) : byte_(byte) {}
  std::string Bytes(size_t size) override { return std::string(size, byte_); }

 private:
  const char byte_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SUPPORT_SEEDED_RANDOM_H_
