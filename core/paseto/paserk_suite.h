// The primitives on which PASERK's operations stand, one suite for each version, and which suite belongs to which key.
//
// A suite's stream key is an encryption key of 32 bytes and the nonce after it.
#ifndef GRPC_PASETO_CORE_PASETO_PASERK_SUITE_H_
#define GRPC_PASETO_CORE_PASETO_PASERK_SUITE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "grpc_paseto/core/paseto/v3_local.h"
#include "grpc_paseto/core/paseto/v3_public.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"

namespace paseto {

// XChaCha20 and BLAKE2b, whose output has the size that is asked for.
struct PaserkSuite4 {
  static constexpr size_t kNonceBytes = 24, kMacKeyBytes = 32, kTagBytes = 32;
  static constexpr size_t kStreamKeyBytes = 32 + kNonceBytes;
  static void Mac(absl::string_view key, std::initializer_list<absl::string_view> pieces, absl::Span<uint8_t> out);
  static void Hash(std::initializer_list<absl::string_view> pieces, absl::Span<uint8_t> out);
  static void Xor(absl::string_view stream_key, absl::string_view in, uint8_t* out);
};

// AES-256-CTR, HMAC-SHA384 and SHA-384, of which the first bytes are taken when fewer are asked for.
struct PaserkSuite3 {
  static constexpr size_t kNonceBytes = 16, kMacKeyBytes = 48, kTagBytes = 48;
  static constexpr size_t kStreamKeyBytes = 32 + kNonceBytes;
  static void Mac(absl::string_view key, std::initializer_list<absl::string_view> pieces, absl::Span<uint8_t> out);
  static void Hash(std::initializer_list<absl::string_view> pieces, absl::Span<uint8_t> out);
  static void Xor(absl::string_view stream_key, absl::string_view in, uint8_t* out);
};

template <typename Key>
struct PaserkKind;

template <>
struct PaserkKind<V4LocalKey> {
  using Suite = PaserkSuite4;
  using WrappingKey = V4LocalKey;
  static constexpr absl::string_view kWrapHeader = "k4.local-wrap.pie.", kPasswordHeader = "k4.local-pw.";
};
template <>
struct PaserkKind<V4SecretKey> {
  using Suite = PaserkSuite4;
  using WrappingKey = V4LocalKey;
  static constexpr absl::string_view kWrapHeader = "k4.secret-wrap.pie.", kPasswordHeader = "k4.secret-pw.";
};
template <>
struct PaserkKind<V3LocalKey> {
  using Suite = PaserkSuite3;
  using WrappingKey = V3LocalKey;
  static constexpr absl::string_view kWrapHeader = "k3.local-wrap.pie.", kPasswordHeader = "k3.local-pw.";
};
template <>
struct PaserkKind<V3SecretKey> {
  using Suite = PaserkSuite3;
  using WrappingKey = V3LocalKey;
  static constexpr absl::string_view kWrapHeader = "k3.secret-wrap.pie.", kPasswordHeader = "k3.secret-pw.";
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_PASERK_SUITE_H_
