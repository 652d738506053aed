#include "grpc_paseto/service/config/validate_config.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/trust/local_address.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/config/limits.h"
#include "grpc_paseto/service/config/listen_address.h"
#include "grpc_paseto/service/config/problem_list.h"
#include "grpc_paseto/service/config/validate_client.h"
#include "grpc_paseto/service/policy/certificate_clients.h"

namespace paseto::service {
namespace {

void ValidateIssuer(const std::string& issuer, ProblemList& problems) {
  if (issuer.empty()) {
    problems.Add("issuer", "required: the iss claim of every token, such as https://id.example.com");
  } else if (issuer.size() > kLongestIssuer ||
             !std::all_of(issuer.begin(), issuer.end(), [](unsigned char c) { return absl::ascii_isgraph(c); })) {
    problems.Add("issuer",
                 absl::StrCat("must be at most ", kLongestIssuer, " bytes of printable ASCII without spaces"));
  }
}

void ValidateTls(const std::string& path, const config::Tls& tls, ProblemList& problems) {
  if (tls.certificate_file().empty()) problems.Add(path + ".certificate_file", "required: a PEM file");
  if (tls.private_key_file().empty()) problems.Add(path + ".private_key_file", "required: a PEM file");
  if (tls.client_certificate() == config::CLIENT_CERTIFICATE_REQUIRED && tls.client_ca_file().empty()) {
    problems.Add(path + ".client_ca_file", "required with client_certificate: required: a PEM file");
  }
}

void ValidateSocketClient(const std::string& path, const config::Listener& listener, const config::TokendConfig& config,
                          ProblemList& problems) {
  if (listener.client().empty()) return;
  if (!absl::StartsWith(listener.address(), "unix:") || listener.has_tls()) {
    problems.Add(path, "is for unix:PATH without tls; a certificate stands under clients, in certificates");
  } else if (!config.clients().contains(listener.client())) {
    problems.Add(path, "is not under clients");
  }
}

void ValidateListeners(const config::TokendConfig& config, ProblemList& problems) {
  if (config.listen().empty()) problems.Add("listen", "required: at least one address, such as 127.0.0.1:7443");
  if (static_cast<size_t>(config.listen_size()) > kMostListeners) {
    problems.Add("listen", absl::StrCat("has ", config.listen_size(), " entries, more than ", kMostListeners));
  }
  absl::flat_hash_map<std::string, int> seen;
  for (int i = 0; i < config.listen_size(); ++i) {
    const config::Listener& listener = config.listen(i);
    const std::string path = absl::StrCat("listen[", i, "]");
    if (const absl::Status checked = CheckAddress(listener.address()); !checked.ok()) {
      problems.Add(path + ".address", checked.message());
    } else if (const auto [other, first] = seen.emplace(listener.address(), i);
               !first && !absl::EndsWith(listener.address(), ":0")) {
      problems.Add(path + ".address", absl::StrCat("is the same as listen[", other->second, "].address"));
    } else if (!listener.has_tls() && !config.allow_plaintext() && !interceptor::IsLocalAddress(listener.address())) {
      problems.Add(path,
                   "needs tls, because it is reachable from other machines; allow_plaintext: true (or "
                   "--allow-plaintext) lets tokens cross the network in the clear");
    }
    if (listener.has_tls()) ValidateTls(path + ".tls", listener.tls(), problems);
    ValidateSocketClient(path + ".client", listener, config, problems);
  }
}

void Require(const std::string& field, const std::string& value, absl::string_view what, ProblemList& problems) {
  if (value.empty()) problems.Add(field, absl::StrCat("required: ", what));
}

void ValidateKek(const config::Kek& kek, ProblemList& problems) {
  switch (kek.source_case()) {
    case config::Kek::kFile:
      return Require("keys.kek.file", kek.file(), "a file of tokenctl key new-kek", problems);
    case config::Kek::kPassword:
      Require("keys.kek.password.wrapped_file", kek.password().wrapped_file(),
              "a file of tokenctl key new-kek --password-file", problems);
      return Require("keys.kek.password.password_file", kek.password().password_file(), "the file with the password",
                     problems);
    case config::Kek::kCredential:
      if (kek.credential().empty() || absl::StrContains(kek.credential(), '/')) {
        problems.Add("keys.kek.credential", "must be the name of a credential, without a slash");
      }
      return;
    case config::Kek::kPkcs11:
      Require("keys.kek.pkcs11.module", kek.pkcs11().module(), "the path of the token's library", problems);
      Require("keys.kek.pkcs11.token_label", kek.pkcs11().token_label(), "the token's label", problems);
      Require("keys.kek.pkcs11.key_label", kek.pkcs11().key_label(), "the label of a generic secret", problems);
      return Require("keys.kek.pkcs11.pin_file", kek.pkcs11().pin_file(), "the file with the user's PIN", problems);
    case config::Kek::SOURCE_NOT_SET:
      problems.Add("keys.kek", "names no source: file, password, credential or pkcs11");
  }
}

void ValidateKeys(const config::Keys& keys, ProblemList& problems) {
  if (keys.has_kek()) ValidateKek(keys.kek(), problems);
  const config::KeyRotation& rotation = keys.rotation();
  if (ToAbslDuration(rotation.every()) != absl::ZeroDuration()) {
    problems.CheckRange("keys.rotation.every", rotation.every(), kShortestRotation, kLongestRotation);
  }
  problems.CheckRange("keys.rotation.min_announce", rotation.min_announce(), kShortestAnnouncement,
                      kLongestAnnouncement);
  problems.CheckRange("keys.rotation.patience", rotation.patience(), absl::ZeroDuration(), kLongestAnnouncement);
}

void ValidateTokens(const config::Tokens& tokens, ProblemList& problems) {
  problems.CheckRange("tokens.max_access_lifetime", tokens.max_access_lifetime(), kShortestLifetime, kLongestLifetime);
  problems.CheckLimit("tokens.access_lifetime", tokens.access_lifetime(), kShortestLifetime,
                      tokens.max_access_lifetime(), kLongestLifetime);
  problems.CheckRange("tokens.access_lifetime_jitter_permille", tokens.access_lifetime_jitter_permille(), 0,
                      kLargestJitterPermille);
  problems.CheckRange("tokens.session_lifetime", tokens.session_lifetime(), kShortestSession, kLongestSession);
  problems.CheckLimit("tokens.idle_timeout", tokens.idle_timeout(), kShortestSession, tokens.session_lifetime(),
                      kLongestSession);
  problems.CheckRange("tokens.refresh_grace", tokens.refresh_grace(), absl::ZeroDuration(), kLongestRefreshGrace);
  problems.CheckRange("tokens.refresh_grace_limit", tokens.refresh_grace_limit(), 1, kLargestRefreshGraceLimit);
}

// Each certificate proves one client.
void ValidateCertificatesOnce(const std::vector<std::string>& ids, const config::TokendConfig& config,
                              ProblemList& problems) {
  absl::flat_hash_map<std::string, std::string> seen;
  for (const std::string& id : ids) {
    const config::Client& client = config.clients().at(id);
    for (int i = 0; i < client.certificates_size(); ++i) {
      const std::string path = absl::StrCat("clients[", id, "].certificates[", i, "]");
      const auto [other, first] = seen.emplace(CertificateClients::KeyOf(client.certificates(i)), path);
      if (!first) problems.Add(path, absl::StrCat("is the same as ", other->second));
    }
  }
}

void ValidateClients(const config::TokendConfig& config, ProblemList& problems) {
  if (static_cast<size_t>(config.clients_size()) > kMostClients) {
    problems.Add("clients", absl::StrCat("has ", config.clients_size(), " entries, more than ", kMostClients));
  }
  std::vector<std::string> ids;  // in a fixed order, which a protobuf map does not have
  for (const auto& [id, client] : config.clients()) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  for (const std::string& id : ids) ValidateClient(id, config.clients().at(id), config.tokens(), problems);
  ValidateCertificatesOnce(ids, config, problems);
}

void ValidateMetrics(const config::TokendConfig& config, ProblemList& problems) {
  if (!config.has_metrics()) return;
  const std::string& address = config.metrics().address();
  if (const absl::Status checked = CheckAddress(address); !checked.ok()) {
    problems.Add("metrics.address", checked.message());
  } else if (absl::StartsWith(address, "unix:")) {
    problems.Add("metrics.address", "must be host:port; Prometheus reads no Unix socket");
  }
}

void ValidateAudit(const config::TokendConfig& config, ProblemList& problems) {
  if (!config.has_audit()) return;
  if (config.audit().file().empty()) problems.Add("audit.file", "required: such as /var/log/tokend/audit.jsonl");
  if (config.audit().key_file().empty()) {
    problems.Add("audit.key_file", "required: such as /etc/tokend/audit.key; tokend makes it");
  }
}

}  // namespace

std::vector<ConfigProblem> ValidateConfig(const config::TokendConfig& config) {
  ProblemList problems;
  ValidateIssuer(config.issuer(), problems);
  ValidateListeners(config, problems);
  if (config.store().engine_case() == config::Store::ENGINE_NOT_SET) {
    problems.Add("store", "required: sqlite: {folder: ...}");
  } else if (config.store().sqlite().folder().empty()) {
    problems.Add("store.sqlite.folder", "required: the folder of the database, such as /var/lib/tokend");
  }
  ValidateKeys(config.keys(), problems);
  ValidateTokens(config.tokens(), problems);
  ValidateClients(config, problems);
  ValidateMetrics(config, problems);
  ValidateAudit(config, problems);
  return std::move(problems).Take();
}

}  // namespace paseto::service
