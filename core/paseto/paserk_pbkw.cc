#include "grpc_paseto/core/paseto/paserk_pbkw.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/paserk_suite.h"
#include "grpc_paseto/core/paseto/sodium_ready.h"
#include "grpc_paseto/core/paseto/testing/fixed_randomness.h"
#include "grpc_paseto/core/paseto/wiped_bytes.h"

namespace paseto {
namespace {

using PreKey = WipedBytes<32>;

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

// `value`, big endian.
template <typename Int>
std::string BigEndian(Int value) {
  std::string bytes(sizeof(Int), '\0');
  for (size_t i = sizeof(Int); i-- > 0; value = static_cast<Int>(value >> 8)) bytes[i] = static_cast<char>(value);
  return bytes;
}

template <typename Int>
Int FromBigEndian(absl::string_view bytes) {
  Int value = 0;
  for (char byte : bytes.substr(0, sizeof(Int))) value = static_cast<Int>(value << 8) | static_cast<uint8_t>(byte);
  return value;
}

absl::Status CostError(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("PASERK password: ", what, " is out of bounds"));
}

// Argon2id of libsodium: its cost as it stands in a text, its bounds, and the function.
struct Argon2Function {
  using Suite = PaserkSuite4;
  static constexpr size_t kSaltBytes = 16, kCostBytes = 8 + 4 + 4;
  static constexpr uint32_t kParallelism = 1;

  static std::string Encode(const Argon2Cost& cost) {
    return absl::StrCat(BigEndian(cost.memory_bytes), BigEndian(cost.time), BigEndian(kParallelism));
  }
  static absl::StatusOr<Argon2Cost> Decode(absl::string_view bytes) {
    if (FromBigEndian<uint32_t>(bytes.substr(12)) != kParallelism)
      return CostError("the parallelism, which must be 1,");
    return Argon2Cost{FromBigEndian<uint64_t>(bytes), FromBigEndian<uint32_t>(bytes.substr(8))};
  }
  static absl::Status Check(const Argon2Cost& cost) {
    if (cost.memory_bytes < crypto_pwhash_MEMLIMIT_MIN || cost.memory_bytes > kMaxArgon2Cost.memory_bytes) {
      return CostError("the memory");
    }
    if (cost.time < crypto_pwhash_OPSLIMIT_MIN || cost.time > kMaxArgon2Cost.time) return CostError("the time");
    return absl::OkStatus();
  }
  static bool Derive(absl::string_view password, absl::string_view salt, const Argon2Cost& cost, PreKey& k) {
    return crypto_pwhash(k.data(), k.size(), password.data(), password.size(), Bytes(salt), cost.time,
                         cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) == 0;
  }
};

// PBKDF2 with HMAC-SHA384.
struct Pbkdf2Function {
  using Suite = PaserkSuite3;
  static constexpr size_t kSaltBytes = 32, kCostBytes = 4;

  static std::string Encode(const Pbkdf2Cost& cost) { return BigEndian(cost.iterations); }
  static absl::StatusOr<Pbkdf2Cost> Decode(absl::string_view bytes) {
    return Pbkdf2Cost{FromBigEndian<uint32_t>(bytes)};
  }
  static absl::Status Check(const Pbkdf2Cost& cost) {
    if (cost.iterations < 1 || cost.iterations > kMaxPbkdf2Cost.iterations) return CostError("the iteration count");
    return absl::OkStatus();
  }
  static bool Derive(absl::string_view password, absl::string_view salt, const Pbkdf2Cost& cost, PreKey& k) {
    return PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), Bytes(salt),
                             static_cast<int>(salt.size()), static_cast<int>(cost.iterations), EVP_sha384(),
                             static_cast<int>(k.size()), k.data()) == 1;
  }
};

template <typename Cost>
using FunctionOf = std::conditional_t<std::is_same_v<Cost, Argon2Cost>, Argon2Function, Pbkdf2Function>;

// The stream key Ek || n and Ak of one text.
template <typename Suite>
struct PasswordKeys {
  PasswordKeys(const PreKey& k, absl::string_view n) {
    Suite::Hash({"\xFF", k.text()}, x.span().subspan(0, 32));
    std::copy(n.begin(), n.end(), x.data() + 32);
    Suite::Hash({"\xFE", k.text()}, ak.span());
  }
  WipedBytes<Suite::kStreamKeyBytes> x;
  WipedBytes<Suite::kMacKeyBytes> ak;
};

// k, once the cost is within its bounds.
template <typename Function, typename Cost>
absl::Status DeriveChecked(absl::string_view password, absl::string_view salt, const Cost& cost, PreKey& k) {
  if (password.empty()) return absl::InvalidArgumentError("PASERK password: the password is empty");
  if (absl::Status status = Function::Check(cost); !status.ok()) return status;
  if (!Function::Derive(password, salt, cost, k)) {
    return absl::ResourceExhaustedError("PASERK password: there is not enough memory for the key derivation");
  }
  return absl::OkStatus();
}

}  // namespace

template <typename Cost>
absl::StatusOr<std::string> PbkwWrap(absl::string_view h, const SecretBytes& ptk, absl::string_view password,
                                     const Cost& cost) {
  // 1. and 4. Generate s and n from the system's random source. The other steps stand below.
  EnsureSodiumReady();
  char s[FunctionOf<Cost>::kSaltBytes], n[FunctionOf<Cost>::Suite::kNonceBytes];
  randombytes_buf(s, sizeof(s));
  randombytes_buf(n, sizeof(n));
  return testing_only::PbkwWrapWith(h, ptk, password, cost, {s, sizeof(s)}, {n, sizeof(n)});
}

template <typename Cost>
absl::StatusOr<SecretBytes> PbkwUnwrap(absl::string_view h, PaserkSize size, absl::string_view text,
                                       absl::string_view password) {
  using Function = FunctionOf<Cost>;
  using Suite = typename Function::Suite;
  constexpr size_t kHeadBytes = Function::kSaltBytes + Function::kCostBytes;
  // 1. The text begins with h; b holds s, the cost, n, edk and t.
  const absl::StatusOr<std::string> b =
      DecodePaserk(h, size.Plus(kHeadBytes + Suite::kNonceBytes + Suite::kTagBytes), text);
  if (!b.ok()) return b.status();
  const absl::string_view body = absl::string_view(*b).substr(0, b->size() - Suite::kTagBytes);
  const absl::string_view t = absl::string_view(*b).substr(body.size());
  const absl::string_view s = body.substr(0, Function::kSaltBytes);
  const absl::string_view n = body.substr(kHeadBytes, Suite::kNonceBytes);
  const absl::string_view edk = body.substr(kHeadBytes + Suite::kNonceBytes);
  const auto cost = Function::Decode(body.substr(Function::kSaltBytes, Function::kCostBytes));
  if (!cost.ok()) return cost.status();
  // 2. Derive k from the password, and Ak from k.
  PreKey k;
  if (absl::Status status = DeriveChecked<Function>(password, s, *cost, k); !status.ok()) return status;
  const PasswordKeys<Suite> keys(k, n);
  // 3. Calculate the tag again. 4. Compare in constant time, before anything is decrypted.
  WipedBytes<Suite::kTagBytes> t2;
  Suite::Mac(keys.ak.text(), {h, body}, t2.span());
  if (sodium_memcmp(t.data(), t2.data(), t.size()) != 0) {
    return absl::UnauthenticatedError(absl::StrCat("PASERK ", h, ": the tag does not match the password"));
  }
  // 5. and 6. Decrypt edk.
  SecretBytes ptk = SecretBytes::Zeroed(edk.size());
  Suite::Xor(keys.x.text(), edk, ptk.Write(InsecureSecretAccess::Get()).data());
  return ptk;
}

namespace testing_only {

template <typename Cost>
absl::StatusOr<std::string> PbkwWrapWith(absl::string_view h, const SecretBytes& plain, absl::string_view password,
                                         const Cost& cost, absl::string_view salt, absl::string_view nonce) {
  using Function = FunctionOf<Cost>;
  using Suite = typename Function::Suite;
  const absl::string_view ptk = plain.ReadText(InsecureSecretAccess::Get());
  PASETO_CHECK(!ptk.empty());  // not moved from
  PASETO_CHECK(salt.size() == Function::kSaltBytes && nonce.size() == Suite::kNonceBytes);
  // 2. Derive k from the password. 3. Derive Ek and Ak from k.
  PreKey k;
  if (absl::Status status = DeriveChecked<Function>(password, salt, cost, k); !status.ok()) return status;
  const PasswordKeys<Suite> keys(k, nonce);
  // 5. Encrypt the key.
  std::string edk(ptk.size(), '\0');
  Suite::Xor(keys.x.text(), ptk, reinterpret_cast<uint8_t*>(edk.data()));
  // 6. Calculate the tag over h, s, the cost, n and edk.
  const std::string body = absl::StrCat(salt, Function::Encode(cost), nonce, edk);
  WipedBytes<Suite::kTagBytes> t;
  Suite::Mac(keys.ak.text(), {h, body}, t.span());
  // 7. h || base64url(s || cost || n || edk || t).
  return EncodePaserk(h, absl::StrCat(body, t.text()));
}

}  // namespace testing_only

#define PASETO_INSTANTIATE(Cost)                                                                                \
  template absl::StatusOr<std::string> PbkwWrap<Cost>(absl::string_view, const SecretBytes&, absl::string_view, \
                                                      const Cost&);                                             \
  template absl::StatusOr<SecretBytes> PbkwUnwrap<Cost>(absl::string_view, PaserkSize, absl::string_view,       \
                                                        absl::string_view);                                     \
  template absl::StatusOr<std::string> testing_only::PbkwWrapWith<Cost>(                                        \
      absl::string_view, const SecretBytes&, absl::string_view, const Cost&, absl::string_view, absl::string_view)
PASETO_INSTANTIATE(Argon2Cost);
PASETO_INSTANTIATE(Pbkdf2Cost);
#undef PASETO_INSTANTIATE

}  // namespace paseto
