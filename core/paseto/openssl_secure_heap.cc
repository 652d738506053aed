#include "grpc_paseto/core/paseto/openssl_secure_heap.h"

#include <openssl/crypto.h>

#include <cstddef>

namespace paseto {
namespace {

// OpenSSL fails, and does not fall back, once the heap is full: so it holds the generators of a thousand threads beside
// thousands of keys.
constexpr size_t kHeapBytes = 2 * 1024 * 1024;
constexpr size_t kSmallestBlockBytes = 32;

}  // namespace

void EnsureOpenSslSecureHeap() {
  [[maybe_unused]] static const int made = CRYPTO_secure_malloc_init(kHeapBytes, kSmallestBlockBytes);
}

}  // namespace paseto
