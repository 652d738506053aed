#include "grpc_paseto/core/token/token_identity.h"

#include <sodium.h>

#include <cstring>
#include <string>

#include "absl/numeric/int128.h"
#include "grpc_paseto/core/paseto/sodium_ready.h"

namespace paseto {
namespace {

// Less than the 86 characters of a signature, so that at least one sample lies in it.
constexpr size_t kSampleStride = 64;

uint64_t Word(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// Two words in one register.
using WordPair = uint64_t __attribute__((vector_size(16)));

WordPair Pair(const char* bytes) {
  WordPair pair;
  std::memcpy(&pair, bytes, sizeof(pair));
  return pair;
}

uint64_t Mix(uint64_t a, uint64_t b) {
  const absl::uint128 product = absl::uint128(a) * b;
  return absl::Uint128High64(product) ^ absl::Uint128Low64(product);
}

uint64_t Sample(absl::string_view bytes, uint64_t hash, uint64_t secret) {
  hash = Mix(hash ^ bytes.size(), secret);
  for (size_t at = 0; at + sizeof(uint64_t) <= bytes.size(); at += kSampleStride) {
    hash = Mix(hash ^ Word(bytes.data() + at), secret);
  }
  return hash;
}

template <typename T>
void Append(T value, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void AppendSized(absl::string_view piece, std::string* bytes) {
  Append(uint64_t{piece.size()}, bytes);
  bytes->append(piece.data(), piece.size());
}

}  // namespace

IdentityHasher::IdentityHasher() {
  EnsureSodiumReady();
  randombytes_buf(full_secret_.data(), full_secret_.size());
  randombytes_buf(quick_secret_.data(), sizeof(quick_secret_));
  quick_secret_[1] |= 1;  // an even factor would lose a bit at each step
}

IdentityHash IdentityHasher::Full(const TokenIdentity& identity) const {
  thread_local std::string bytes;  // keeps its capacity
  bytes.clear();
  Append(identity.keys, &bytes);
  Append(identity.revocations, &bytes);
  Append(identity.base64_wrapped, &bytes);
  AppendSized(identity.text, &bytes);
  AppendSized(identity.assertion, &bytes);
  IdentityHash hash;
  static_assert(sizeof(hash.words) == crypto_shorthash_siphashx24_BYTES);
  static_assert(sizeof(full_secret_) == crypto_shorthash_siphashx24_KEYBYTES);
  crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(hash.words.data()),
                              reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), full_secret_.data());
  return hash;
}

uint64_t IdentityHasher::Quick(const TokenIdentity& identity) const {
  const uint64_t hash = quick_secret_[0] ^ reinterpret_cast<uintptr_t>(identity.keys);
  return Sample(identity.assertion, Sample(identity.text, hash, quick_secret_[1]), quick_secret_[1]);
}

void KeptIdentity::Assign(const TokenIdentity& identity) {
  keys_ = identity.keys;
  revocations_ = identity.revocations;
  bytes_.assign(identity.text.data(), identity.text.size());
  bytes_.append(identity.assertion.data(), identity.assertion.size());
  text_size_ = static_cast<uint32_t>(identity.text.size());
  base64_wrapped_ = identity.base64_wrapped;
}

bool KeptIdentity::Is(const TokenIdentity& identity) const {
  const absl::string_view bytes = bytes_;
  return keys_ == identity.keys && revocations_ == identity.revocations && base64_wrapped_ == identity.base64_wrapped &&
         SameBytes(bytes.substr(0, text_size_), identity.text) &&
         SameBytes(bytes.substr(text_size_), identity.assertion);
}

bool SameBytes(absl::string_view a, absl::string_view b) {
  constexpr size_t kPair = sizeof(WordPair);
  if (a.size() != b.size()) return false;
  WordPair difference = {};
  const auto pair = [&a, &b](size_t from) { return Pair(a.data() + from) ^ Pair(b.data() + from); };
  size_t at = 0;
  for (; at + 4 * kPair <= a.size(); at += 4 * kPair) {
    difference |= (pair(at) | pair(at + kPair)) | (pair(at + 2 * kPair) | pair(at + 3 * kPair));
  }
  for (; at + kPair <= a.size(); at += kPair) difference |= pair(at);
  if (a.size() >= kPair) {
    difference |= pair(a.size() - kPair);  // what is left, and some of what was looked at
  } else {
    for (; at < a.size(); ++at) difference[0] |= static_cast<unsigned char>(a[at] ^ b[at]);
  }
  return (difference[0] | difference[1]) == 0;
}

}  // namespace paseto
