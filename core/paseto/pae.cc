#include "grpc_paseto/core/paseto/pae.h"

#include "absl/strings/str_cat.h"

namespace paseto {

std::string Le64(uint64_t n) {
  n &= ~(uint64_t{1} << 63);  // for languages without unsigned integers
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(n >> (8 * i));
  return bytes;
}

std::string Pae(std::initializer_list<absl::string_view> pieces) {
  size_t size = 8;
  for (absl::string_view piece : pieces) size += 8 + piece.size();
  std::string encoded;
  encoded.reserve(size);
  encoded += Le64(pieces.size());
  for (absl::string_view piece : pieces) absl::StrAppend(&encoded, Le64(piece.size()), piece);
  return encoded;
}

}  // namespace paseto
