#include "grpc_paseto/tests/support/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "grpc_paseto/core/paseto/check.h"

namespace paseto {
namespace {

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr long kHalfDaySeconds = 12 * 60 * 60;

std::string TextOf(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return std::string(text, static_cast<size_t>(size));
}

void AddExtension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value), &X509_EXTENSION_free);
  PASETO_CHECK(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

CertificatePtr SelfSign(EVP_PKEY* key) {
  CertificatePtr certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);  // counted from 0: version 3
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHalfDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kHalfDaySeconds);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  AddExtension(certificate.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  AddExtension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  PASETO_CHECK(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  return certificate;
}

}  // namespace

TestCertificate MakeTestCertificate() {
  const KeyPtr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  PASETO_CHECK(key != nullptr);
  const CertificatePtr certificate = SelfSign(key.get());
  const BioPtr key_text(BIO_new(BIO_s_mem()), &BIO_free);
  const BioPtr certificate_text(BIO_new(BIO_s_mem()), &BIO_free);
  PASETO_CHECK(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  PASETO_CHECK(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1);
  return {TextOf(key_text.get()), TextOf(certificate_text.get())};
}

}  // namespace paseto
