#include "grpc_paseto/core/paseto/paserk_suite.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <cstring>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/core/paseto/wiped_bytes.h"

namespace paseto {
namespace {

constexpr size_t kEkBytes = 32;

using Pieces = std::initializer_list<absl::string_view>;

const uint8_t* Bytes(absl::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

void Blake2b(absl::string_view key, Pieces pieces, absl::Span<uint8_t> out) {
  crypto_generichash_state state;
  PASETO_CHECK(crypto_generichash_init(&state, Bytes(key), key.size(), out.size()) == 0);
  for (absl::string_view piece : pieces) crypto_generichash_update(&state, Bytes(piece), piece.size());
  crypto_generichash_final(&state, out.data(), out.size());
  sodium_memzero(&state, sizeof(state));
}

// The first bytes of `whole`, as many as `out` has room for.
void Take(const WipedBytes<48>& whole, absl::Span<uint8_t> out) {
  PASETO_CHECK(out.size() <= whole.size());
  std::memcpy(out.data(), whole.data(), out.size());
}

}  // namespace

void PaserkSuite4::Mac(absl::string_view key, Pieces pieces, absl::Span<uint8_t> out) { Blake2b(key, pieces, out); }

void PaserkSuite4::Hash(Pieces pieces, absl::Span<uint8_t> out) { Blake2b(absl::string_view(), pieces, out); }

void PaserkSuite4::Xor(absl::string_view stream_key, absl::string_view in, uint8_t* out) {
  PASETO_CHECK(stream_key.size() == kStreamKeyBytes);
  crypto_stream_xchacha20_xor(out, Bytes(in), in.size(), /*n=*/Bytes(stream_key) + kEkBytes, /*k=*/Bytes(stream_key));
}

void PaserkSuite3::Mac(absl::string_view key, Pieces pieces, absl::Span<uint8_t> out) {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);  // for the life of the process
  const EvpMacCtxPtr context(EVP_MAC_CTX_new(hmac));
  char digest[] = "SHA384";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  PASETO_CHECK(EVP_MAC_init(context.get(), Bytes(key), key.size(), params) == 1);
  for (absl::string_view piece : pieces) {
    PASETO_CHECK(EVP_MAC_update(context.get(), Bytes(piece), piece.size()) == 1);
  }
  WipedBytes<48> whole;
  size_t size = 0;
  PASETO_CHECK(EVP_MAC_final(context.get(), whole.data(), &size, whole.size()) == 1 && size == whole.size());
  Take(whole, out);
}

void PaserkSuite3::Hash(Pieces pieces, absl::Span<uint8_t> out) {
  const EvpMdCtxPtr context(EVP_MD_CTX_new());  // wiped when it goes
  PASETO_CHECK(EVP_DigestInit_ex(context.get(), EVP_sha384(), nullptr) == 1);
  for (absl::string_view piece : pieces) {
    PASETO_CHECK(EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1);
  }
  WipedBytes<48> whole;
  PASETO_CHECK(EVP_DigestFinal_ex(context.get(), whole.data(), nullptr) == 1);
  Take(whole, out);
}

void PaserkSuite3::Xor(absl::string_view stream_key, absl::string_view in, uint8_t* out) {
  PASETO_CHECK(stream_key.size() == kStreamKeyBytes);
  const EvpCipherCtxPtr context(EVP_CIPHER_CTX_new());
  int written = 0;
  PASETO_CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, /*key=*/Bytes(stream_key),
                                  /*iv=*/Bytes(stream_key) + kEkBytes) == 1 &&
               EVP_EncryptUpdate(context.get(), out, &written, Bytes(in), static_cast<int>(in.size())) == 1 &&
               static_cast<size_t>(written) == in.size());
}

}  // namespace paseto
