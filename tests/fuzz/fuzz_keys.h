// The keys of the fuzzers: the same in every run, so that an input that fails once fails again. They are known to every
// reader of this file, and worth as much.
#ifndef GRPC_PASETO_TESTS_FUZZ_FUZZ_KEYS_H_
#define GRPC_PASETO_TESTS_FUZZ_FUZZ_KEYS_H_

#include <memory>

#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"
#include "grpc_paseto/core/token/key_set.h"

namespace paseto {

struct FuzzKeys {
  V4LocalKey v4_local;
  V4SecretKey v4_secret;
  V4PublicKey v4_public;
  V3LocalKey v3_local;
  V3SecretKey v3_secret;
  V3PublicKey v3_public;
};
const FuzzKeys& Keys();

// The same keys, active, for access tokens.
std::shared_ptr<const KeySet> V4FuzzKeySet();
std::shared_ptr<const KeySet> V3FuzzKeySet();

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_FUZZ_FUZZ_KEYS_H_
