// feed.propagation_p99_ms: from a Revoke's answer until verifiers refuse the token, with 100 verifiers that each follow
// the feed of one tokend over a connection of their own.
//
//   feed_bench TOKEND [VERIFIERS [ROUNDS]]
//
// Prints one JSON object. Each round issues a token, revokes it, and waits until every verifier knows; the figure is
// over all verifiers of all rounds. One that knew before the caller had its answer counts as 0. The verifiers share one
// process and the machine with tokend.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "grpc_paseto/interceptor/trust/feed_trust.h"
#include "grpc_paseto/tests/bench/tokend_process.h"

namespace paseto::bench {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

[[noreturn]] void Fail(const std::string& what) {
  std::cerr << what << "\n";
  std::exit(1);
}

// A verifier, and when it learned that the present round's token is revoked.
class Verifier {
 public:
  Verifier(const std::string& address, const std::string& token_file) {
    auto trust = interceptor::TrustFromFeed(
        {.addresses = {address}, .issuer = "http://127.0.0.1/dev", .token_file = token_file});
    if (!trust.ok()) Fail(std::string(trust.status().message()));
    trust_ = *std::move(trust);
    if (!trust_->WaitForFirstTrust(kPatience)) Fail("a verifier got no trust");
    trust_->OnChange([this] { Look(); });
  }
  ~Verifier() { trust_->OnChange(nullptr); }

  void Watch(const std::string& token_id) {
    absl::MutexLock lock(&mutex_);
    claims_.token_id = TokenId(token_id);
    knows_ = false;
  }
  absl::Time AwaitRefusal() {
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(&knows_), kPatience)) Fail("a verifier never learned of a revocation");
    return known_at_;
  }

 private:
  void Look() {
    absl::MutexLock lock(&mutex_);
    if (knows_ || !trust_->revocations().IsRevoked(claims_)) return;
    known_at_ = absl::Now();
    knows_ = true;
  }

  absl::Mutex mutex_;
  Claims claims_ ABSL_GUARDED_BY(mutex_);
  absl::Time known_at_ ABSL_GUARDED_BY(mutex_);
  bool knows_ ABSL_GUARDED_BY(mutex_) = true;
  std::unique_ptr<interceptor::TrustSource> trust_;
};

std::string IssueToken(TokendProcess& tokend, v1::IssueResponse& response) {
  v1::IssueRequest request;
  request.set_subject("alice");
  request.add_audiences("shop");
  const grpc::Status issued = tokend.stub().Issue(tokend.NewContext().get(), request, &response);
  if (!issued.ok()) Fail(issued.error_message());
  return response.access_token().token();
}

int Measure(const std::string& program, int verifier_count, int rounds) {
  TokendProcess tokend(program);
  const std::string token_file = tokend.client_token_file();
  std::vector<std::unique_ptr<Verifier>> verifiers;
  for (int i = 0; i < verifier_count; ++i) {
    verifiers.push_back(std::make_unique<Verifier>(tokend.address(), token_file));
  }
  std::vector<double> delays_ms;
  for (int round = 0; round < rounds; ++round) {
    v1::IssueResponse issued;
    v1::RevokeRequest request;
    request.set_token(IssueToken(tokend, issued));
    for (const auto& verifier : verifiers) verifier->Watch(issued.access_token().token_id());
    v1::RevokeResponse response;
    const grpc::Status revoked = tokend.stub().Revoke(tokend.NewContext().get(), request, &response);
    const absl::Time answered = absl::Now();
    if (!revoked.ok()) Fail(revoked.error_message());
    for (const auto& verifier : verifiers) {
      delays_ms.push_back(std::max(0.0, absl::ToDoubleMilliseconds(verifier->AwaitRefusal() - answered)));
    }
  }
  std::sort(delays_ms.begin(), delays_ms.end());
  const auto at = [&](double share) { return delays_ms[static_cast<size_t>(share * (delays_ms.size() - 1))]; };
  std::printf("{\"verifiers\": %d, \"rounds\": %d, \"propagation_p50_ms\": %.3f, \"propagation_p99_ms\": %.3f}\n",
              verifier_count, rounds, at(0.5), at(0.99));
  return 0;
}

}  // namespace
}  // namespace paseto::bench

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::cerr << "usage: " << argv[0] << " TOKEND [VERIFIERS [ROUNDS]]\n";
    return 2;
  }
  return paseto::bench::Measure(argv[1], argc > 2 ? std::atoi(argv[2]) : 100, argc > 3 ? std::atoi(argv[3]) : 200);
}
