#include "grpc_paseto/interceptor/gate/guard.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/interceptor/gate/guard_impl.h"
#include "grpc_paseto/interceptor/gate/port_credentials.h"
#include "grpc_paseto/interceptor/gate/server_gate.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

constexpr size_t kMaxInstanceLength = 128;

Trust TrustOf(const TrustSource& source) { return {&source.keys(), &source.revocations()}; }

void CheckIssuers(const GuardOptions& options, std::vector<std::string>& problems) {
  std::set<std::string> known = {options.issuer};
  for (size_t i = 0; i < options.more_issuers.size(); ++i) {
    const TrustedIssuer& other = options.more_issuers[i];
    const std::string place = absl::StrCat("more_issuers[", i, "]: ");
    if (other.issuer.empty()) {
      problems.push_back(absl::StrCat(place, "issuer is required; it is the iss of its tokens"));
    } else if (!known.insert(other.issuer).second) {
      problems.push_back(absl::StrCat(place, "there is trust for this issuer already"));
    }
    if (other.trust == nullptr) problems.push_back(absl::StrCat(place, "trust is required"));
  }
}

absl::Status CheckOptions(const GuardOptions& options) {
  std::vector<std::string> problems;
  if (options.trust == nullptr) problems.push_back("trust: required; give it TrustFromFeed(...), for example");
  if (options.issuer.empty()) problems.push_back("issuer: required; it is the iss that tokens must have");
  if (options.audience.empty()) problems.push_back("audience: required; it is the aud that tokens must have");
  if (options.max_staleness <= absl::ZeroDuration()) problems.push_back("max_staleness: must be a positive duration");
  if (options.clock_skew < absl::ZeroDuration() || options.clock_skew > kMaxClockSkew) {
    problems.push_back(absl::StrCat("clock_skew: must lie between 0 and ", absl::FormatDuration(kMaxClockSkew)));
  }
  if (options.max_token_age <= absl::ZeroDuration()) problems.push_back("max_token_age: must be a positive duration");
  if (options.wait_for_first_trust < absl::ZeroDuration()) {
    problems.push_back("wait_for_first_trust: must not be negative");
  }
  if (options.failed_signatures_per_second < 1) problems.push_back("failed_signatures_per_second: must be at least 1");
  if (options.instance.size() > kMaxInstanceLength ||
      !std::all_of(options.instance.begin(), options.instance.end(), absl::ascii_isgraph)) {
    problems.push_back(absl::StrCat("instance: at most ", kMaxInstanceLength, " printable ASCII characters"));
  }
  CheckIssuers(options, problems);
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
}

std::vector<IssuerTrust> MoreIssuers(const GuardOptions& options) {
  std::vector<IssuerTrust> more;
  for (const TrustedIssuer& other : options.more_issuers) more.push_back({other.issuer, other.trust.get()});
  return more;
}

}  // namespace

Guard::Impl::Impl(GuardOptions options)
    : options_(std::move(options)),
      cache_(options_.cache),
      authenticator_({*options_.trust, cache_, MoreIssuers(options_)},
                     {options_.max_staleness, options_.failed_signatures_per_second}),
      streams_({TrustOf(*options_.trust), clock(), boot_clock_, options_.observer.get(), options_.stream_mode,
                MoreIssuers(options_), options_.hide_reasons}) {
  streams_.StartThread();
  Listen([this] { streams_.OnTrustChange(); });
}

Guard::Impl::~Impl() { Listen(nullptr); }

void Guard::Impl::Listen(const std::function<void()>& listener) {
  options_.trust->OnChange(listener);
  for (const TrustedIssuer& other : options_.more_issuers) other.trust->OnChange(listener);
}

absl::Status Guard::Impl::WaitForFirstTrust() {
  const absl::Duration timeout = options_.wait_for_first_trust;
  if (timeout == absl::ZeroDuration()) return absl::OkStatus();
  const absl::Duration end = boot_clock_.SinceBoot() + timeout;
  const auto wait = [&](TrustSource& source, const std::string& issuer) {
    const absl::Duration rest = std::max(end - boot_clock_.SinceBoot(), absl::ZeroDuration());
    if (source.WaitForFirstTrust(rest)) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("no keys and revocations of ", issuer, " came within ",
                                               absl::FormatDuration(timeout), "; is the source of trust reachable?"));
  };
  absl::Status status = wait(*options_.trust, options_.issuer);
  for (const TrustedIssuer& other : options_.more_issuers) {
    if (status.ok()) status = wait(*other.trust, other.issuer);
  }
  return status;
}

ServerGate& Guard::Impl::AddServer() {
  absl::MutexLock lock(&mutex_);
  servers_.push_back(std::make_unique<ServerGate>(*this));
  return *servers_.back();
}

absl::StatusOr<std::unique_ptr<Guard>> Guard::Create(GuardOptions options) {
  absl::Status status = CheckOptions(options);
  if (!status.ok()) return status;
  return std::unique_ptr<Guard>(new Guard(std::make_unique<Impl>(std::move(options))));
}

Guard::Guard(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Guard::~Guard() = default;

std::shared_ptr<grpc::ServerCredentials> Guard::Plaintext() { return MakePlaintextPort(impl_.get(), ClientId()); }

std::shared_ptr<grpc::ServerCredentials> Guard::Tls(const grpc::SslServerCredentialsOptions& options) {
  return MakeTlsPort(impl_.get(), options);
}

std::shared_ptr<grpc::ServerCredentials> Guard::Tls(const grpc::experimental::TlsServerCredentialsOptions& options) {
  return MakeTlsPort(impl_.get(), options);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Guard::TlsFromFiles(const TlsFiles& files,
                                                                             NameClient name_client) {
  return MakeTlsPort(impl_.get(), files, std::move(name_client));
}

std::shared_ptr<grpc::ServerCredentials> Guard::PlaintextFor(const ClientId& client) {
  return MakePlaintextPort(impl_.get(), client);
}

std::shared_ptr<grpc::ServerCredentials> Guard::Local(grpc_local_connect_type type) {
  return MakeLocalPort(impl_.get(), type);
}

}  // namespace paseto::interceptor
