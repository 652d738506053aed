#include "grpc_paseto/service/server/tls_files.h"

#include <string>
#include <utility>

#include "grpc_paseto/interceptor/trust/watched_file.h"

namespace paseto::service {
namespace {

constexpr size_t kLargestPemBytes = 1 << 20;

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  const absl::StatusOr<SecretBytes> content = interceptor::WatchedFile(path, kLargestPemBytes).Read();
  if (!content.ok()) return content.status();
  const absl::Span<const uint8_t> bytes = content->Read(InsecureSecretAccess::Get());
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

absl::StatusOr<grpc::SslServerCredentialsOptions> ReadTlsFiles(const config::Tls& tls) {
  absl::StatusOr<std::string> certificate = ReadPem(tls.certificate_file());
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<std::string> private_key = ReadPem(tls.private_key_file());
  if (!private_key.ok()) return private_key.status();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({*std::move(private_key), *std::move(certificate)});
  return options;
}

}  // namespace paseto::service
