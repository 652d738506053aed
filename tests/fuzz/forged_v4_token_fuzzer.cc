// Random text never verifies as a token of version 4.
#include "grpc_paseto/tests/fuzz/forged_token.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"
#include "grpc_paseto/tests/fuzz/fuzz_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto keys = paseto::V4FuzzKeySet();
  static constexpr paseto::TokenKind kAccept[] = {paseto::kV4Public, paseto::kV4Local};
  paseto::CheckForged(*keys, kAccept, paseto::FuzzText(data, size));
  return 0;
}
