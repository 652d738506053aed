// CertificateClients: which client a TLS certificate proves.
//
// A client's entries are names: "spiffe://TRUST-DOMAIN/PATH" (a URI of the certificate), "dns:NAME" and "cn:NAME". All
// are compared exactly, host names without regard to case. Names last, keys do not: a workload whose certificate is
// replaced every hour stays the same client.
//
// Guarantees: a certificate names at most one client. One with several URIs of which one is a SPIFFE id (the SPIFFE
// X.509-SVID standard, section 2, forbids that), and one whose names belong to several clients, is ambiguous. The
// common name counts only where a certificate has no other name (RFC 6125 section 6.4.4), since many authorities let
// the requester choose it. Threads: immutable.
#ifndef GRPC_PASETO_SERVICE_POLICY_CERTIFICATE_CLIENTS_H_
#define GRPC_PASETO_SERVICE_POLICY_CERTIFICATE_CLIENTS_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/interceptor/policy/peer_certificate.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

class CertificateClients {
 public:
  // OK for an entry of one of the three forms. Errors: INVALID_ARGUMENT saying what is wrong.
  static absl::Status CheckEntry(absl::string_view entry);
  // Two entries with the same key are the same entry.
  static std::string KeyOf(absl::string_view entry);

  // REQUIRES: entries that CheckEntry accepts, each once.
  explicit CertificateClients(const config::TokendConfig& config);

  interceptor::NamedClient Find(const interceptor::PeerCertificate& certificate) const;

 private:
  absl::flat_hash_map<std::string, ClientId> by_key_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_POLICY_CERTIFICATE_CLIENTS_H_
