// WipedBytes: a key of a known size that lives for the length of one operation, on the stack, and is wiped after it.
#ifndef GRPC_PASETO_CORE_PASETO_WIPED_BYTES_H_
#define GRPC_PASETO_CORE_PASETO_WIPED_BYTES_H_

#include <sodium.h>

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace paseto {

template <size_t kSize>
class WipedBytes {
 public:
  WipedBytes() = default;
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;
  ~WipedBytes() { sodium_memzero(bytes_, kSize); }

  uint8_t* data() { return bytes_; }
  const uint8_t* data() const { return bytes_; }
  absl::Span<uint8_t> span() { return absl::MakeSpan(bytes_, kSize); }
  absl::string_view text() const { return {reinterpret_cast<const char*>(bytes_), kSize}; }
  static constexpr size_t size() { return kSize; }

 private:
  uint8_t bytes_[kSize] = {};
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_WIPED_BYTES_H_
