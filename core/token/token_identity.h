// TokenIdentity: what makes two verifications the same one, and its hashes.
#ifndef GRPC_PASETO_CORE_TOKEN_TOKEN_IDENTITY_H_
#define GRPC_PASETO_CORE_TOKEN_TOKEN_IDENTITY_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace paseto {

// Exact bytes and the trust that judges them. What a caller accepts is no part of it: that is compared on every use.
struct TokenIdentity {
  const void* keys = nullptr;         // which KeyRing
  const void* revocations = nullptr;  // which RevocationSet
  absl::string_view text;
  absl::string_view assertion;
  bool base64_wrapped = false;
};

// A TokenIdentity that owns its bytes.
class KeptIdentity {
 public:
  void Assign(const TokenIdentity& identity);    // into the memory that it has, where that is enough
  bool Is(const TokenIdentity& identity) const;  // in constant time

 private:
  const void* keys_ = nullptr;
  const void* revocations_ = nullptr;
  std::string bytes_;  // text, then assertion
  uint32_t text_size_ = 0;
  bool base64_wrapped_ = false;
};

// SipHash-2-4-128 of a length-prefixed identity.
struct IdentityHash {
  std::array<uint64_t, 2> words = {};

  friend bool operator==(const IdentityHash&, const IdentityHash&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const IdentityHash& hash) {
    return H::combine(std::move(h), hash.words[0]);
  }
};

// Threads: immutable.
class IdentityHasher {
 public:
  IdentityHasher();  // with fresh secrets

  // Distinct identities have distinct values, as far as anyone without the secret can bring about.
  IdentityHash Full(const TokenIdentity& identity) const;
  // Cheap: looks at some of the bytes, and at enough of them that every signature and tag counts. Equal values say
  // nothing; whoever uses it compares whole identities.
  uint64_t Quick(const TokenIdentity& identity) const;

 private:
  std::array<unsigned char, 16> full_secret_;
  std::array<uint64_t, 2> quick_secret_;
};

// Compares in a time that depends on lengths only, so that it does not tell how much of a guessed token is right.
bool SameBytes(absl::string_view a, absl::string_view b);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_TOKEN_IDENTITY_H_
