#include "grpc_paseto/interceptor/gate/peer_certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"

namespace paseto::interceptor {
namespace {

constexpr size_t kSha256Bytes = 32;

std::vector<std::string> PropertiesOf(const grpc_auth_context* context, const char* name) {
  std::vector<std::string> values;
  grpc_auth_property_iterator found = grpc_auth_context_find_properties_by_name(context, name);
  while (const grpc_auth_property* property = grpc_auth_property_iterator_next(&found)) {
    values.emplace_back(property->value, property->value_length);
  }
  return values;
}

std::string FirstOf(std::vector<std::string> values) { return values.empty() ? std::string() : std::move(values[0]); }

// Empty for what is no PEM block.
std::string Sha256OfPem(const std::string& pem) {
  const OpenSslPtr<BIO, BIO_free> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* der = nullptr;
  long der_size = 0;
  if (source == nullptr || PEM_read_bio(source.get(), &name, &header, &der, &der_size) != 1) return "";
  std::string digest(kSha256Bytes, '\0');
  const bool digested =
      EVP_Digest(der, der_size, reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(), nullptr) == 1;
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(der);
  return digested ? digest : "";
}

}  // namespace

absl::optional<PeerCertificate> ReadPeerCertificate(const grpc_auth_context* context) {
  const std::string pem = FirstOf(PropertiesOf(context, GRPC_X509_PEM_CERT_PROPERTY_NAME));
  if (pem.empty()) return absl::nullopt;
  PeerCertificate certificate;
  certificate.sha256 = Sha256OfPem(pem);
  if (certificate.sha256.empty()) return absl::nullopt;
  certificate.uris = PropertiesOf(context, GRPC_PEER_URI_PROPERTY_NAME);
  certificate.dns_names = PropertiesOf(context, GRPC_PEER_DNS_PROPERTY_NAME);
  certificate.common_name = FirstOf(PropertiesOf(context, GRPC_X509_CN_PROPERTY_NAME));
  return certificate;
}

}  // namespace paseto::interceptor
