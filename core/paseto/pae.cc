#include "grpc_paseto/core/paseto/pae.h"

#include <endian.h>

#include <cstring>

namespace paseto {
namespace {

constexpr size_t kLe64Bytes = 8;

// Writes LE64(n) at `to` and returns the place behind it.
char* PutLe64(uint64_t n, char* to) {
  n = htole64(n & ~(uint64_t{1} << 63));  // the top bit: for languages without unsigned integers
  std::memcpy(to, &n, kLe64Bytes);
  return to + kLe64Bytes;
}

}  // namespace

std::string Le64(uint64_t n) {
  std::string bytes(kLe64Bytes, '\0');
  PutLe64(n, bytes.data());
  return bytes;
}

std::string Pae(std::initializer_list<absl::string_view> pieces) {
  size_t size = kLe64Bytes;
  for (absl::string_view piece : pieces) size += kLe64Bytes + piece.size();
  std::string encoded(size, '\0');
  char* to = PutLe64(pieces.size(), encoded.data());
  for (absl::string_view piece : pieces) {
    to = PutLe64(piece.size(), to);
    if (!piece.empty()) std::memcpy(to, piece.data(), piece.size());
    to += piece.size();
  }
  return encoded;
}

}  // namespace paseto
