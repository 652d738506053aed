// FuzzInput: the bytes of one execution, taken apart into the arguments of what is fuzzed.
#ifndef GRPC_PASETO_TESTS_FUZZ_FUZZ_INPUT_H_
#define GRPC_PASETO_TESTS_FUZZ_FUZZ_INPUT_H_

#include <openssl/rand.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "absl/strings/string_view.h"

namespace paseto {

inline absl::string_view FuzzText(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// True for one text in `of`, however alike they are: for what costs much.
inline bool IsOneOf(size_t of, absl::string_view text) {
  const size_t sum = std::accumulate(text.begin(), text.end(), size_t{0},
                                     [](size_t so_far, char c) { return so_far + static_cast<uint8_t>(c); });
  return sum % of == 0;
}

// LeakSanitizer does not look into OpenSSL's secure heap (core/paseto/openssl_secure_heap.h): the random generators,
// which would lie there and point outside, are made before it.
[[maybe_unused]] inline const bool kGeneratorsAreMade = [] {
  uint8_t byte = 0;
  return RAND_bytes(&byte, 1) == 1 && RAND_priv_bytes(&byte, 1) == 1;
}();

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : whole_(FuzzText(data, size)), rest_(whole_) {}

  bool IsOneOf(size_t of) const { return paseto::IsOneOf(of, whole_); }

  bool is_over() const { return rest_.empty(); }
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
  const absl::string_view whole_;
  absl::string_view rest_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_FUZZ_FUZZ_INPUT_H_
