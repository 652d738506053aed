// OpenSSL's secure heap, once in a process: where OpenSSL itself keeps the secret numbers of version 3 and RSA keys.
//
// It is one area of 2 MiB between guard pages, kept from core dumps and, as far as the system lets it, from swap; what
// is freed there is wiped. A key of version 3 takes 64 bytes of it, an RSA key 896; OpenSSL puts the state of its
// random generators there, too, a kibibyte for each thread. A process that makes no such key has no such heap.
//
// Does not: hold all that OpenSSL derives from a secret. The first signature with an RSA key puts copies of its primes
// into the ordinary heap, where they stay, and are wiped, with the key; reading a PEM or DER text passes through it.
// docs/adr/2026-11-27-openssl-secure-heap.md has what was measured.
#ifndef GRPC_PASETO_CORE_PASETO_OPENSSL_SECURE_HEAP_H_
#define GRPC_PASETO_CORE_PASETO_OPENSSL_SECURE_HEAP_H_

namespace paseto {

// Returns when OpenSSL has a secure heap: ours, or the one that the program made before. Whatever makes or reads a
// secret key of OpenSSL calls this first.
// Not an error: memory that cannot be locked (RLIMIT_MEMLOCK), as with libsodium; or no memory for the heap, where
// OpenSSL goes on with the ordinary one.
// Threads: may be called from several threads at once.
void EnsureOpenSslSecureHeap();

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_OPENSSL_SECURE_HEAP_H_
