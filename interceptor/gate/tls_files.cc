#include "grpc_paseto/interceptor/gate/tls_files.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/openssl_ptr.h"
#include "grpc_paseto/interceptor/gate/grpc_compat.h"

namespace paseto::interceptor {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

using BioPtr = OpenSslPtr<BIO, BIO_free>;
using X509Ptr = OpenSslPtr<X509, X509_free>;

BioPtr Source(absl::string_view pem) { return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

X509Ptr FirstCertificate(absl::string_view pem) {
  return X509Ptr(PEM_read_bio_X509(Source(pem).get(), nullptr, nullptr, nullptr));
}

// An encrypted key would ask the terminal for its password.
int NoPassword(char*, int, int, void*) { return -1; }

absl::Status CheckPair(absl::string_view certificate_pem, const WatchedFile& certificate_file,
                       absl::string_view key_pem, const WatchedFile& key_file) {
  const X509Ptr certificate = FirstCertificate(certificate_pem);
  const EvpPkeyPtr key(PEM_read_bio_PrivateKey(Source(key_pem).get(), nullptr, &NoPassword, nullptr));
  const bool belongs =
      certificate != nullptr && key != nullptr && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (certificate == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("the file ", certificate_file.path(), " has no PEM certificate"));
  }
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file ", key_file.path(), " has no PEM private key, or one with a password"));
  }
  if (belongs) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the private key in ", key_file.path(),
                                                 " does not belong to the first certificate in ",
                                                 certificate_file.path()));
}

absl::StatusOr<std::string> ReadText(WatchedFile& file) {
  const absl::StatusOr<SecretBytes> content = file.Read();
  if (!content.ok()) return content.status();
  return std::string(content->ReadText(InsecureSecretAccess::Get()));
}

}  // namespace

TlsFileReader::TlsFileReader(const TlsFiles& files)
    : certificate_(files.certificate_file, kMaxFileBytes),
      private_key_(files.private_key_file, kMaxFileBytes),
      require_client_certificate_(files.require_client_certificate) {
  if (!files.client_ca_file.empty()) client_ca_.emplace(files.client_ca_file, kMaxFileBytes);
}

absl::StatusOr<std::unique_ptr<TlsFileReader>> TlsFileReader::Create(const TlsFiles& files) {
  std::unique_ptr<TlsFileReader> reader(new TlsFileReader(files));
  absl::StatusOr<Content> content = reader->Read();
  if (!content.ok()) return content.status();
  reader->unfetched_ = *std::move(content);
  return reader;
}

bool TlsFileReader::HasChanged() const {
  return certificate_.HasChanged() || private_key_.HasChanged() || (client_ca_.has_value() && client_ca_->HasChanged());
}

absl::StatusOr<TlsFileReader::Content> TlsFileReader::Read() {
  // All files are read, also when one is wrong, so that all of them count as seen.
  absl::StatusOr<std::string> certificate = ReadText(certificate_);
  absl::StatusOr<SecretBytes> private_key = private_key_.Read();
  absl::StatusOr<std::string> client_ca = client_ca_.has_value() ? ReadText(*client_ca_) : std::string();
  if (!certificate.ok()) return certificate.status();
  if (!private_key.ok()) return private_key.status();
  if (!client_ca.ok()) return client_ca.status();
  const absl::string_view key = private_key->ReadText(InsecureSecretAccess::Get());
  if (absl::Status status = CheckPair(*certificate, certificate_, key, private_key_); !status.ok()) return status;
  if (client_ca_.has_value() && FirstCertificate(*client_ca) == nullptr) {
    ERR_clear_error();
    return absl::InvalidArgumentError(absl::StrCat("the file ", client_ca_->path(), " has no PEM certificate"));
  }
  return Content{*std::move(certificate), *std::move(private_key), *std::move(client_ca)};
}

grpc_ssl_certificate_config_reload_status TlsFileReader::Fetch(void* reader,
                                                               grpc_ssl_server_certificate_config** config) {
  auto& self = *static_cast<TlsFileReader*>(reader);
  absl::optional<Content> content = std::exchange(self.unfetched_, absl::nullopt);
  if (!content.has_value()) {
    if (!self.HasChanged()) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    absl::StatusOr<Content> read = self.Read();
    if (!read.ok()) {
      WriteLog(GPR_ERROR, absl::StrCat("TLS keeps the certificates that it has: ", read.status().message()));
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_FAIL;
    }
    content = *std::move(read);
    WriteLog(GPR_INFO, absl::StrCat("TLS took over the certificates of ", self.certificate_.path()));
  }
  std::string key(content->private_key.ReadText(InsecureSecretAccess::Get()));
  const grpc_ssl_pem_key_cert_pair pair = {key.c_str(), content->certificate.c_str()};
  // gRPC insists on roots in a config that it fetches; where it asks for no client certificate it does not use them.
  const std::string& roots = content->client_ca.empty() ? content->certificate : content->client_ca;
  *config = grpc_ssl_server_certificate_config_create(roots.c_str(), &pair, 1);
  OPENSSL_cleanse(key.data(), key.size());
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

grpc_ssl_server_credentials_options* TlsFileReader::MakeOptions() {
  grpc_ssl_client_certificate_request_type request = GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE;
  if (client_ca_.has_value()) {
    request = require_client_certificate_ ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                          : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return grpc_ssl_server_credentials_create_options_using_config_fetcher(request, &Fetch, this);
}

}  // namespace paseto::interceptor
