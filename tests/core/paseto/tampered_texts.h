// Every token text that differs from a good one by one flipped bit or by a missing end.
#ifndef GRPC_PASETO_TESTS_CORE_PASETO_TAMPERED_TEXTS_H_
#define GRPC_PASETO_TESTS_CORE_PASETO_TAMPERED_TEXTS_H_

#include <string>
#include <vector>

namespace paseto {

// `bytes` with each of its bits flipped, one at a time.
inline std::vector<std::string> EveryBitFlip(const std::string& bytes) {
  std::vector<std::string> flipped;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    flipped.push_back(bytes);
    flipped.back()[bit / 8] = static_cast<char>(flipped.back()[bit / 8] ^ (1 << (bit % 8)));
  }
  return flipped;
}

// `bytes` cut at every length below its own.
inline std::vector<std::string> EveryTruncation(const std::string& bytes) {
  std::vector<std::string> cut;
  for (size_t size = 0; size < bytes.size(); ++size) cut.push_back(bytes.substr(0, size));
  return cut;
}

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_CORE_PASETO_TAMPERED_TEXTS_H_
