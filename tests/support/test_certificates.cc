#include "grpc_paseto/tests/support/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
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

KeyPtr NewKey() {
  KeyPtr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  PASETO_CHECK(key != nullptr);
  return key;
}

// Everything but the issuer's name and signature. No extension for empty names.
CertificatePtr Draft(EVP_PKEY* key, const std::string& common_name, const std::string& alternative_names) {
  static std::atomic<long> serial_number{0};
  CertificatePtr certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);  // counted from 0: version 3
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial_number);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHalfDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kHalfDaySeconds);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  if (!common_name.empty()) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.data()),
                               static_cast<int>(common_name.size()), -1, 0);
  }
  if (!alternative_names.empty()) AddExtension(certificate.get(), NID_subject_alt_name, alternative_names.c_str());
  return certificate;
}

void SignAs(X509* certificate, const X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  PASETO_CHECK(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
}

TestCertificate Write(EVP_PKEY* key, X509* certificate) {
  const BioPtr key_text(BIO_new(BIO_s_mem()), &BIO_free);
  const BioPtr certificate_text(BIO_new(BIO_s_mem()), &BIO_free);
  PASETO_CHECK(PEM_write_bio_PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  PASETO_CHECK(PEM_write_bio_X509(certificate_text.get(), certificate) == 1);
  return {TextOf(key_text.get()), TextOf(certificate_text.get())};
}

}  // namespace

struct TestAuthority::Pair {
  KeyPtr key;
  CertificatePtr certificate;
};

TestAuthority::TestAuthority() : pair_(new Pair{NewKey(), CertificatePtr(nullptr, &X509_free)}) {
  pair_->certificate = Draft(pair_->key.get(), "authority", "");
  AddExtension(pair_->certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  SignAs(pair_->certificate.get(), pair_->certificate.get(), pair_->key.get());
  root_pem_ = Write(pair_->key.get(), pair_->certificate.get()).certificate_pem;
}

TestAuthority::~TestAuthority() = default;

TestCertificate TestAuthority::Sign(const std::string& common_name, const std::string& alternative_names) const {
  const KeyPtr key = NewKey();
  const CertificatePtr certificate = Draft(key.get(), common_name, alternative_names);
  SignAs(certificate.get(), pair_->certificate.get(), pair_->key.get());
  return Write(key.get(), certificate.get());
}

TestCertificate MakeTestCertificate() {
  const KeyPtr key = NewKey();
  const CertificatePtr certificate = Draft(key.get(), "localhost", "DNS:localhost,IP:127.0.0.1");
  AddExtension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  SignAs(certificate.get(), certificate.get(), key.get());
  return Write(key.get(), certificate.get());
}

std::string Sha256Of(const TestCertificate& certificate) {
  const BioPtr source(BIO_new_mem_buf(certificate.certificate_pem.data(), -1), &BIO_free);
  const CertificatePtr read(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr), &X509_free);
  std::string digest(EVP_MD_get_size(EVP_sha256()), '\0');
  PASETO_CHECK(read != nullptr);
  PASETO_CHECK(X509_digest(read.get(), EVP_sha256(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1);
  return digest;
}

}  // namespace paseto
