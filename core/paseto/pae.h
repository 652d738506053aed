// Pre-Authentication Encoding (PASETO Common, "PAE Definition").
#ifndef GRPC_PASETO_CORE_PASETO_PAE_H_
#define GRPC_PASETO_CORE_PASETO_PAE_H_

#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace paseto {

// LE64(count), then LE64(length) and the bytes of each piece. No two lists of pieces have the same encoding.
std::string Pae(std::initializer_list<absl::string_view> pieces);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PAE_H_
