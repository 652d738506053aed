#include "grpc_paseto/service/config/validate_client.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/format.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/service/config/client_id.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/config/limits.h"
#include "grpc_paseto/service/policy/allow_list.h"
#include "grpc_paseto/service/policy/certificate_clients.h"

namespace paseto::service {
namespace {

// RFC 6749 section 3.3: printable ASCII without space, quote and backslash.
bool IsScopeToken(absl::string_view scope) {
  return std::all_of(scope.begin(), scope.end(),
                     [](unsigned char c) { return absl::ascii_isgraph(c) && c != '"' && c != '\\'; });
}

// One list of a client.
struct ListRule {
  std::string path;
  size_t most_entries;
  size_t longest_entry;
  AllowList::Prefixes prefixes = AllowList::Prefixes::kRefused;
};

template <typename Strings, typename CheckMore>
void ValidateList(const ListRule& rule, const Strings& entries, ProblemList& problems, CheckMore check_more) {
  if (static_cast<size_t>(entries.size()) > rule.most_entries) {
    problems.Add(rule.path, absl::StrCat("has ", entries.size(), " entries, more than ", rule.most_entries));
  }
  absl::flat_hash_map<std::string, int> seen;
  for (int i = 0; i < entries.size(); ++i) {
    const std::string& entry = entries.Get(i);
    const std::string path = absl::StrCat(rule.path, "[", i, "]");
    if (const absl::Status checked = AllowList::CheckEntry(entry, rule.prefixes); !checked.ok()) {
      problems.Add(path, checked.message());
    } else if (entry.size() > rule.longest_entry) {
      problems.Add(path, absl::StrCat("is longer than ", rule.longest_entry, " bytes"));
    } else if (const auto [other, first] = seen.emplace(entry, i); !first) {
      problems.Add(path, absl::StrCat("is the same as entry [", other->second, "]"));
    } else {
      check_more(path, entry);
    }
  }
}

void ValidateLists(const std::string& path, const config::Client& client, ProblemList& problems) {
  const auto anything = [](const std::string&, const std::string&) {};
  ValidateList({path + ".types", kMostTypes, kLongestType}, client.types(), problems,
               [&](const std::string& at, const std::string& type) {
                 if (type == kRefreshType || type == kClientType) {
                   problems.Add(at, absl::StrCat(type,
                                                 " cannot be issued; a refresh token comes with an access token, a "
                                                 "client token from tokenctl client add"));
                 }
               });
  ValidateList({path + ".audiences", kMostAudiences, kLongestAudience}, client.audiences(), problems, anything);
  ValidateList({path + ".exchange_audiences", kMostAudiences, kLongestAudience}, client.exchange_audiences(), problems,
               anything);
  ValidateList({path + ".scopes", kMostScopes, kLongestScope}, client.scopes(), problems,
               [&](const std::string& at, const std::string& scope) {
                 if (!IsScopeToken(scope))
                   problems.Add(at, "must be printable ASCII without space, quote and backslash");
               });
  ValidateList({path + ".subjects", kMostSubjects, kLongestSubject, AllowList::Prefixes::kAllowed}, client.subjects(),
               problems, anything);
  ValidateList({path + ".kinds", kMostKinds, kLongestType}, client.kinds(), problems,
               [&](const std::string& at, const std::string& kind) {
                 const absl::StatusOr<TokenKind> parsed = ParseTokenKind(kind);
                 if (!parsed.ok() || parsed->version != Version::kV4) problems.Add(at, "must be v4.public or v4.local");
               });
}

void ValidateCertificates(const std::string& path, const config::Client& client, ProblemList& problems) {
  if (static_cast<size_t>(client.certificates_size()) > kMostCertificates) {
    problems.Add(path, absl::StrCat("has ", client.certificates_size(), " entries, more than ", kMostCertificates));
  }
  for (int i = 0; i < client.certificates_size(); ++i) {
    const absl::Status checked = CertificateClients::CheckEntry(client.certificates(i));
    if (!checked.ok()) problems.Add(absl::StrCat(path, "[", i, "]"), checked.message());
  }
}

}  // namespace

void ValidateClient(const std::string& id, const config::Client& client, const config::Tokens& tokens,
                    ProblemList& problems) {
  const std::string path = absl::StrCat("clients[", id, "]");
  if (!IsClientId(id)) problems.Add(path, kClientIdRule);
  ValidateLists(path, client, problems);
  if (!client.types().empty() && client.audiences().empty()) {
    problems.Add(path + ".audiences", "required with types: no token can be issued without an audience");
  }
  if (!client.types().empty() && client.subjects().empty()) {
    problems.Add(path + ".subjects", "required with types: say for whom it may issue, \"*\" for everyone");
  }
  ValidateCertificates(path + ".certificates", client, problems);
  if (client.has_max_calls_per_second()) {
    problems.CheckRange(path + ".max_calls_per_second", client.max_calls_per_second(), 1, kMostCallsPerSecond);
  }
  problems.CheckLimit(path + ".max_lifetime", client.max_lifetime(), kShortestLifetime, tokens.max_access_lifetime(),
                      kLongestLifetime);
  if (ToAbslDuration(client.max_session_lifetime()) != ToAbslDuration(tokens.session_lifetime())) {  // not the default
    problems.CheckRange(path + ".max_session_lifetime", client.max_session_lifetime(), kShortestSession,
                        kLongestSession);
  }
}

}  // namespace paseto::service
