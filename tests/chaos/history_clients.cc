#include "grpc_paseto/tests/chaos/history_clients.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/service/lifecycle/refresh_token.h"

namespace paseto::chaos {
namespace {

constexpr int kClients = 6;
constexpr size_t kRecentSessions = 24;
constexpr size_t kTokensKept = 8;  // of one session
constexpr int kSubjects = 12;

using Stub = v1::TokenService::Stub;

}  // namespace

class HistoryClients::Client {
 public:
  Client(HistoryClients& world, const HistoryService& service, uint32_t seed)
      : world_(world), service_(service), random_(seed) {
    for (const std::string& address : service.addresses) {
      stubs_.push_back(v1::TokenService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())));
    }
  }

  // False: there was no answer.
  bool MakeCall(int64_t call) {
    const uint32_t dice = random_() % 100;
    if (world_.sessions() < 4 || dice < 6) return Issue(call);
    if (dice < 90) return Refresh(call);
    if (dice < 92) return RevokeSession(call);
    if (dice < 93) return RevokeSubject(call);
    return Introspect(call);
  }

 private:
  template <typename Request, typename Response>
  grpc::Status Ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response& response) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + service_.client_token);
    return (stubs_[random_() % stubs_.size()].get()->*method)(&context, request, &response);
  }

  void Begin(int64_t call, const char* what, const std::string& session, uint64_t generation) {
    world_.Say(absl::StrCat("B ", call, " ", what, " ", session, " ", generation, " ", service_.clock));
  }

  // A refusal, or the answer that nobody gave: then false, and the call has no end.
  bool EndRefused(int64_t call, const grpc::Status& status) {
    const v1::Reason reason = interceptor::ReasonOf(status.error_message());
    if (reason == v1::REASON_UNSPECIFIED) return false;
    world_.Say(absl::StrCat("E ", call, " ", interceptor::ReasonName(reason), " - 0"));
    return true;
  }

  // Some answers get lost on their way.
  template <typename Response>
  void EndWithTokens(int64_t call, const Response& response) {
    const std::string& refresh_token = response.refresh_token().token();
    const uint64_t generation = *service::OpenRefreshToken(*service_.keys, refresh_token).value().claims().generation;
    const bool lost = random_() % 8 == 0;
    if (!lost) {
      world_.Keep(response.session_id(), {generation, refresh_token, response.access_token().token()});
    }
    world_.Say(absl::StrCat("E ", call, lost ? " lost " : " ok ", response.session_id(), " ", generation));
  }

  bool Issue(int64_t call) {
    const std::string subject = absl::StrCat("subject:", random_() % kSubjects);
    v1::IssueRequest request;
    request.set_subject(subject);
    request.set_with_refresh_token(true);
    request.set_request_id(absl::StrCat("r-", call));
    v1::IssueResponse response;
    Begin(call, "issue", subject, 0);
    const grpc::Status status = Ask(&Stub::Issue, request, response);
    if (!status.ok()) return EndRefused(call, status);
    EndWithTokens(call, response);
    return true;
  }

  bool Refresh(int64_t call) {
    const uint32_t dice = random_() % 100;
    const bool first = !std::exchange(has_refreshed_, true);  // after a restart: with a token that was used long before
    const uint32_t which = first || random_() % 5 == 0 ? random_() : 0;
    const Pick pick = world_.PickToken(which, first || dice >= 98 ? 3 : dice < 70 ? 0 : 1);
    v1::RefreshRequest request;
    request.set_refresh_token(pick.held.refresh_token);
    v1::RefreshResponse response;
    Begin(call, "refresh", pick.session, pick.held.generation);
    const grpc::Status status = Ask(&Stub::Refresh, request, response);
    if (!status.ok()) return EndRefused(call, status);
    EndWithTokens(call, response);
    return true;
  }

  bool RevokeSession(int64_t call) {
    v1::RevokeRequest request;
    request.set_session_id(world_.PickToken(random_(), 0).session);
    return Revoke(call, request, request.session_id());
  }

  bool RevokeSubject(int64_t call) {
    v1::RevokeRequest request;
    request.set_subject(absl::StrCat("subject:", random_() % kSubjects));
    return Revoke(call, request, request.subject());
  }

  bool Revoke(int64_t call, const v1::RevokeRequest& request, const std::string& target) {
    v1::RevokeResponse response;
    Begin(call, "revoke", target, 0);
    const grpc::Status status = Ask(&Stub::Revoke, request, response);
    if (!status.ok()) return EndRefused(call, status);
    world_.Say(absl::StrCat("E ", call, " ok - 0"));
    return true;
  }

  bool Introspect(int64_t call) {
    const Pick pick = world_.PickToken(random_(), 0);
    v1::IntrospectRequest request;
    request.set_token(random_() % 2 == 0 ? pick.held.refresh_token : pick.held.access_token);
    v1::IntrospectResponse response;
    Begin(call, "introspect", pick.session, pick.held.generation);
    const grpc::Status status = Ask(&Stub::Introspect, request, response);
    if (!status.ok()) return EndRefused(call, status);
    world_.Say(absl::StrCat("E ", call, response.active() ? " ok" : " inactive", " - 0"));
    return true;
  }

  HistoryClients& world_;
  const HistoryService& service_;
  std::mt19937 random_;
  std::vector<std::unique_ptr<Stub>> stubs_;
  bool has_refreshed_ = false;
};

void HistoryClients::Run(const HistoryService& service, int64_t calls, int64_t interrupt_at,
                         const std::function<void()>& interrupt) {
  const int64_t first = NextCall() + 1;
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&, seed = random_()] {
      Client client(*this, service, seed);
      for (int64_t call = NextCall(); call < first + calls; call = NextCall()) {
        if (call == first + interrupt_at) interrupt();
        if (!client.MakeCall(call)) return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

HistoryVerdict HistoryClients::verdict() const {
  absl::MutexLock lock(&mutex_);
  return checker_.verdict();
}

int64_t HistoryClients::NextCall() {
  absl::MutexLock lock(&mutex_);
  return next_call_++;
}

void HistoryClients::Say(const std::string& line) {
  absl::MutexLock lock(&mutex_);
  file_ << line << "\n";
  checker_.Take(line);
}

void HistoryClients::Keep(const std::string& session, Held held) {
  absl::MutexLock lock(&mutex_);
  std::vector<Held>& kept = held_[session];
  if (kept.empty()) names_.push_back(session);
  if (!kept.empty() && kept.back().generation >= held.generation) return;
  kept.push_back(std::move(held));
  if (kept.size() > kTokensKept) kept.erase(kept.begin());
}

size_t HistoryClients::sessions() const {
  absl::MutexLock lock(&mutex_);
  return names_.size();
}

HistoryClients::Pick HistoryClients::PickToken(uint32_t which, uint32_t depth) const {
  absl::MutexLock lock(&mutex_);
  const size_t recent = std::min(names_.size(), kRecentSessions);
  const std::string& name = names_[names_.size() - 1 - which % recent];
  const std::vector<Held>& kept = held_.at(name);
  return {name, kept[kept.size() - 1 - std::min<size_t>(depth, kept.size() - 1)]};
}

}  // namespace paseto::chaos
