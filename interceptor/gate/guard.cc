#include "grpc_paseto/interceptor/gate/guard.h"

#include <algorithm>
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

absl::Status CheckOptions(const GuardOptions& options) {
  std::vector<std::string> problems;
  if (options.trust == nullptr) problems.push_back("trust: required; give it TrustFromFeed(...), for example");
  if (options.issuer.empty()) problems.push_back("issuer: required; it is the iss that tokens must have");
  if (options.audience.empty()) problems.push_back("audience: required; it is the aud that tokens must have");
  if (options.max_staleness <= absl::ZeroDuration()) problems.push_back("max_staleness: must be a positive duration");
  if (options.clock_skew < absl::ZeroDuration() || options.clock_skew > kMaxClockSkew) {
    problems.push_back(absl::StrCat("clock_skew: must lie between 0 and ", absl::FormatDuration(kMaxClockSkew)));
  }
  if (options.wait_for_first_trust < absl::ZeroDuration()) {
    problems.push_back("wait_for_first_trust: must not be negative");
  }
  if (options.failed_signatures_per_second < 1) problems.push_back("failed_signatures_per_second: must be at least 1");
  if (options.instance.size() > kMaxInstanceLength ||
      !std::all_of(options.instance.begin(), options.instance.end(), absl::ascii_isgraph)) {
    problems.push_back(absl::StrCat("instance: at most ", kMaxInstanceLength, " printable ASCII characters"));
  }
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(problems, "\n"));
}

}  // namespace

Guard::Impl::Impl(GuardOptions options)
    : options_(std::move(options)),
      cache_(options_.cache),
      authenticator_({*options_.trust, cache_}, {options_.max_staleness, options_.failed_signatures_per_second}),
      streams_({TrustOf(*options_.trust), clock(), boot_clock_, options_.observer.get(), options_.stream_mode}) {
  streams_.StartThread();
  options_.trust->OnChange([this] { streams_.OnTrustChange(); });
}

Guard::Impl::~Impl() { options_.trust->OnChange(nullptr); }

absl::Status Guard::Impl::WaitForFirstTrust() {
  const absl::Duration timeout = options_.wait_for_first_trust;
  if (timeout == absl::ZeroDuration() || options_.trust->WaitForFirstTrust(timeout)) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("no keys and revocations came within ", absl::FormatDuration(timeout),
                                             "; is the source of trust reachable?"));
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

std::shared_ptr<grpc::ServerCredentials> Guard::Plaintext() { return MakePlaintextPort(impl_.get()); }

std::shared_ptr<grpc::ServerCredentials> Guard::Tls(const grpc::SslServerCredentialsOptions& options) {
  return MakeTlsPort(impl_.get(), options);
}

}  // namespace paseto::interceptor
