#include "grpc_paseto/service/policy/certificate_clients.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace paseto::service {
namespace {

constexpr absl::string_view kSpiffe = "spiffe://";
constexpr absl::string_view kDns = "dns:";
constexpr absl::string_view kCommonName = "cn:";
constexpr size_t kLongestSpiffeId = 2048;  // SPIFFE-ID standard, section 2.3
constexpr size_t kLongestHostName = 253;
constexpr size_t kLongestCommonName = 64;  // X.520

bool IsOneOf(char c, absl::string_view others) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || others.find(c) != absl::string_view::npos;
}

// SPIFFE-ID standard, sections 2.1 and 2.2.
absl::Status CheckSpiffeId(absl::string_view id) {
  const absl::string_view rest = id.substr(kSpiffe.size());
  const absl::string_view domain = rest.substr(0, rest.find('/'));
  const auto in_domain = [](char c) {
    return IsOneOf(c, "._-") && !absl::ascii_isupper(static_cast<unsigned char>(c));
  };
  const auto in_path = [](char c) { return IsOneOf(c, "._-/"); };
  if (id.size() <= kLongestSpiffeId && !domain.empty() && domain.size() < rest.size() &&
      std::all_of(domain.begin(), domain.end(), in_domain) && std::all_of(rest.begin(), rest.end(), in_path) &&
      !absl::EndsWith(rest, "/") && !absl::StrContains(rest, "//")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("must be a whole SPIFFE id, such as spiffe://example.com/orders; no patterns");
}

absl::Status CheckHostName(absl::string_view name) {
  if (!name.empty() && name.size() <= kLongestHostName &&
      std::all_of(name.begin(), name.end(), [](char c) { return IsOneOf(c, ".-"); })) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("must be a host name, such as dns:orders.example.com; no patterns");
}

}  // namespace

absl::Status CertificateClients::CheckEntry(absl::string_view entry) {
  if (absl::StartsWith(entry, kSpiffe)) return CheckSpiffeId(entry);
  if (absl::ConsumePrefix(&entry, kDns)) return CheckHostName(entry);
  if (absl::ConsumePrefix(&entry, kCommonName)) {
    if (!entry.empty() && entry.size() <= kLongestCommonName) return absl::OkStatus();
    return absl::InvalidArgumentError("a common name has 1 to 64 bytes");
  }
  return absl::InvalidArgumentError("must be spiffe://..., dns:NAME or cn:NAME");
}

std::string CertificateClients::KeyOf(absl::string_view entry) {
  return absl::StartsWith(entry, kDns) ? absl::AsciiStrToLower(entry) : std::string(entry);
}

CertificateClients::CertificateClients(const config::TokendConfig& config) {
  for (const auto& [id, client] : config.clients()) {
    for (const std::string& entry : client.certificates()) by_key_.emplace(KeyOf(entry), ClientId(id));
  }
}

interceptor::NamedClient CertificateClients::Find(const interceptor::PeerCertificate& certificate) const {
  const bool has_spiffe_id = std::any_of(certificate.uris.begin(), certificate.uris.end(),
                                         [](const std::string& uri) { return absl::StartsWith(uri, kSpiffe); });
  if (has_spiffe_id && certificate.uris.size() > 1) return {ClientId(), true};
  std::vector<std::string> keys;
  if (has_spiffe_id) keys.push_back(certificate.uris[0]);
  for (const std::string& name : certificate.dns_names) keys.push_back(KeyOf(absl::StrCat(kDns, name)));
  if (certificate.uris.empty() && certificate.dns_names.empty()) {
    keys.push_back(absl::StrCat(kCommonName, certificate.common_name));
  }
  interceptor::NamedClient named;
  for (const std::string& key : keys) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) continue;
    if (!named.id.empty() && named.id != found->second) return {ClientId(), true};
    named.id = found->second;
  }
  return named;
}

}  // namespace paseto::service
