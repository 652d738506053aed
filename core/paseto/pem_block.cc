#include "grpc_paseto/core/paseto/pem_block.h"

#include <openssl/pem.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/openssl_secure_heap.h"

namespace paseto {
namespace {

constexpr size_t kMaxPemBytes = 8192;
constexpr char kBegin[] = "-----BEGIN ";
constexpr char kDashes[] = "-----";

using BioPtr = OpenSslPtr<BIO, BIO_free_all>;

// Refuses, where OpenSSL would ask at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

// One block whose label (RFC 7468) is among `labels`.
template <typename Read>
EvpPkeyPtr ReadPem(absl::string_view pem, std::initializer_list<absl::string_view> labels, Read read) {
  pem = absl::StripAsciiWhitespace(pem);
  if (pem.size() > kMaxPemBytes || !absl::EndsWith(pem, kDashes) || pem.rfind(kBegin) != 0) return nullptr;
  const absl::string_view label = pem.substr(strlen(kBegin), pem.find(kDashes, strlen(kBegin)) - strlen(kBegin));
  if (std::find(labels.begin(), labels.end(), label) == labels.end()) return nullptr;
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return EvpPkeyPtr(read(bio.get(), nullptr, NoPassphrase, nullptr));
}

template <typename Write>
SecretBytes SecretPem(Write write) {
  EnsureOpenSslSecureHeap();
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  PASETO_CHECK(write(bio.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  SecretBytes pem = SecretBytes::CopyFrom({text, static_cast<size_t>(size)});
  sodium_memzero(text, static_cast<size_t>(size));
  return pem;
}

}  // namespace

absl::Status WrongPemError(absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("PEM: expected one block, without passphrase, of ", expected));
}

EvpPkeyPtr ReadSecretPem(absl::string_view pem) {
  EnsureOpenSslSecureHeap();
  return ReadPem(pem, {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"}, PEM_read_bio_PrivateKey);
}

EvpPkeyPtr ReadPublicPem(absl::string_view pem) { return ReadPem(pem, {"PUBLIC KEY"}, PEM_read_bio_PUBKEY); }

SecretBytes WriteSecretPem(EVP_PKEY* key) {
  return SecretPem(
      [key](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

SecretBytes WriteTraditionalPem(EVP_PKEY* key) {
  return SecretPem([key](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string WritePublicPem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  PASETO_CHECK(PEM_write_bio_PUBKEY(bio.get(), key) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace paseto
