// Pre-Authentication Encoding (PASETO Common, "PAE Definition").
#ifndef GRPC_PASETO_CORE_PASETO_PAE_H_
#define GRPC_PASETO_CORE_PASETO_PAE_H_

#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace paseto {

// `n` as 8 bytes, little endian, the top bit of the last byte cleared.
std::string Le64(uint64_t n);

// LE64(count), then LE64(length) and the bytes of each piece. No two lists of pieces have the same encoding.
std::string Pae(std::initializer_list<absl::string_view> pieces);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PAE_H_
