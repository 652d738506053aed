// FuzzInput: the bytes of one execution, taken apart into the arguments of what is fuzzed.
#ifndef GRPC_PASETO_TESTS_FUZZ_FUZZ_INPUT_H_
#define GRPC_PASETO_TESTS_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "absl/strings/string_view.h"

namespace paseto {

inline absl::string_view FuzzText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size)
      : sum_(std::accumulate(data, data + size, size_t{0})), rest_(FuzzText(data, size)) {}

  // True for one input of `of`, however alike they are: for what costs much.
  bool IsOneOf(size_t of) const { return sum_ % of == 0; }

  // The next byte; 0 at the end.
  uint8_t Byte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  // From 0 to 65535, from the next two bytes.
  size_t Number() {
    const size_t high = Byte();
    return high << 8 | Byte();
  }
  // The next `size` bytes, or what there is.
  absl::string_view Bytes(size_t size) {
    const absl::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  // As many bytes as the next byte says.
  absl::string_view Text() { return Bytes(Byte()); }
  absl::string_view Rest() { return Bytes(rest_.size()); }

 private:
  const size_t sum_;  // of all bytes
  absl::string_view rest_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_FUZZ_FUZZ_INPUT_H_
