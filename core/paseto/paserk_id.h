// PASERK ids (PASERK "ID Operations"), for the files that know a version's key types.
#ifndef GRPC_PASETO_CORE_PASETO_PASERK_ID_H_
#define GRPC_PASETO_CORE_PASETO_PASERK_ID_H_

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/paserk.h"

namespace paseto {

// `prefix` is "k4.lid." or such, `paserk` the whole text of the key.
class PaserkIdMaker {
 public:
  // Versions 2 and 4: prefix || base64url(BLAKE2b-33(prefix || paserk)).
  static KeyId WithBlake2b(absl::string_view prefix, absl::string_view paserk);
  // Versions 1 and 3: prefix || base64url(the first 33 bytes of SHA-384(prefix || paserk)).
  static KeyId WithSha384(absl::string_view prefix, absl::string_view paserk);
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PASERK_ID_H_
