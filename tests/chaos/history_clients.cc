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
constexpr size_t kRemembered = 16;                    // requests, and revoked tokens
constexpr int64_t kRepeatableSeconds = 20 * 60 * 60;  // the service remembers a request for longer

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

  // Makes one call at `clock`. False: there was no answer.
  bool MakeCall(int64_t call, int64_t clock) {
    clock_ = clock;
    const uint32_t dice = random_() % 1000;
    if (world_.sessions() < 4 || dice < 70) return Issue(call);
    if (dice < 880) return Refresh(call);
    if (dice < 900) return RevokeSession(call);
    if (dice < 910) return RevokeSubject(call);
    if (dice < 911) return RevokeClient(call);
    if (dice < 912) return RevokeEverything(call);
    if (dice < 930) return RevokeAccess(call);
    return Introspect(call);
  }

 private:
  template <typename Request, typename Response>
  grpc::Status Ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response& response) {
    grpc::ClientContext context;
    return (stubs_[random_() % stubs_.size()].get()->*method)(&context, request, &response);
  }

  void Begin(int64_t call, const char* what, const std::string& session, uint64_t generation) {
    world_.Say(absl::StrCat("B ", call, " ", what, " ", session, " ", generation, " ", clock_));
  }

  // A refusal, or the answer that nobody gave: then false, and the call has no end.
  bool EndRefused(int64_t call, const grpc::Status& status) {
    const v1::Reason reason = interceptor::ReasonOf(status.error_message());
    if (reason == v1::REASON_UNSPECIFIED) return false;
    world_.Say(absl::StrCat("E ", call, " ", interceptor::ReasonName(reason), " - 0"));
    return true;
  }

  // Some answers get lost on their way; says whether this one was received.
  template <typename Response>
  bool EndWithTokens(int64_t call, const Response& response) {
    const std::string& refresh_token = response.refresh_token().token();
    const uint64_t generation = *service::OpenRefreshToken(*service_.keys, refresh_token).value().claims().generation;
    const bool lost = random_() % 8 == 0;
    if (!lost) {
      world_.Keep(response.session_id(), {generation, refresh_token, response.access_token().token()});
    }
    world_.Say(absl::StrCat("E ", call, lost ? " lost " : " ok ", response.session_id(), " ", generation));
    return !lost;
  }

  // Two of twenty repeat an earlier request, one changes it.
  bool Issue(int64_t call) {
    const uint32_t dice = random_() % 20;
    const bool changes = dice == 2;
    const Request own{call, absl::StrCat("subject:", random_() % kSubjects), clock_};
    const absl::optional<Request> earlier = dice <= 2 ? world_.PickRequest(changes, clock_) : absl::nullopt;
    if (!earlier.has_value()) world_.Remember(own);
    const Request request = earlier.value_or(own);
    v1::IssueRequest message;
    message.set_subject(request.subject);
    message.set_with_refresh_token(true);
    message.set_request_id(absl::StrCat("r-", request.call));
    message.set_fresh(earlier.has_value() && changes);
    v1::IssueResponse response;
    Begin(call, message.fresh() ? "issue_changed" : "issue", request.subject,
          earlier.has_value() ? static_cast<uint64_t>(request.call) : 0);
    const grpc::Status status = Ask(&Stub::Issue, message, response);
    if (!status.ok()) return EndRefused(call, status);
    world_.Answered(request.call, EndWithTokens(call, response));
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

  bool RevokeClient(int64_t call) {
    v1::RevokeRequest request;
    request.set_client_id("web");
    return Revoke(call, request, "client:web");
  }

  bool RevokeEverything(int64_t call) {
    v1::RevokeRequest request;
    request.mutable_everything();
    return Revoke(call, request, "everything");
  }

  // Of a token without a session, which nothing else ends so soon.
  bool RevokeAccess(int64_t call) {
    v1::IssueRequest wanted;
    wanted.set_subject("visitor");
    v1::IssueResponse issued;
    if (!Ask(&Stub::Issue, wanted, issued).ok()) return false;
    const v1::IssuedToken& token = issued.access_token();
    v1::RevokeRequest request;
    request.set_token(token.token());
    Begin(call, "revoke_access", token.token_id(), 1);
    return FinishRevocation(call, request, [&] { world_.KeepRevoked({token.token_id(), {1, "", token.token()}}); });
  }

  bool Revoke(int64_t call, const v1::RevokeRequest& request, const std::string& target) {
    Begin(call, "revoke", target, 0);
    return FinishRevocation(call, request, [] {});
  }

  bool FinishRevocation(int64_t call, const v1::RevokeRequest& request, const std::function<void()>& when_revoked) {
    v1::RevokeResponse response;
    const grpc::Status status = Ask(&Stub::Revoke, request, response);
    if (!status.ok()) return EndRefused(call, status);
    world_.Say(absl::StrCat("E ", call, response.revision() == 0 ? " nothing" : " ok", " - 0"));
    if (response.revision() != 0) when_revoked();
    return true;
  }

  bool Introspect(int64_t call) {
    const absl::optional<Pick> revoked = random_() % 2 == 0 ? world_.PickRevoked(random_()) : absl::nullopt;
    const Pick pick = revoked.has_value() ? *revoked : world_.PickToken(random_(), 0);
    const bool of_access = revoked.has_value() || random_() % 2 == 0;
    v1::IntrospectRequest request;
    request.set_token(of_access ? pick.held.access_token : pick.held.refresh_token);
    v1::IntrospectResponse response;
    Begin(call, of_access ? "introspect_access" : "introspect", pick.session, pick.held.generation);
    const grpc::Status status = Ask(&Stub::Introspect, request, response);
    if (!status.ok()) return EndRefused(call, status);
    world_.Say(absl::StrCat("E ", call, response.active() ? " ok" : " inactive", " - 0"));
    return true;
  }

  HistoryClients& world_;
  const HistoryService& service_;
  std::mt19937 random_;
  std::vector<std::unique_ptr<Stub>> stubs_;
  int64_t clock_ = 0;
  bool has_refreshed_ = false;
};

void HistoryClients::Run(const HistoryService& service, int64_t calls, const std::function<void(int64_t)>& before) {
  Say("R");
  const int64_t first = NextCall() + 1;
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&, seed = random_()] {
      Client client(*this, service, seed);
      for (int64_t call = NextCall(); call < first + calls; call = NextCall()) {
        before(call - first);
        const absl::ReaderMutexLock lock(&turn_);
        if (!client.MakeCall(call, clock_)) return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void HistoryClients::MoveClock(int64_t clock, const std::function<void()>& move) {
  const absl::WriterMutexLock lock(&turn_);
  move();
  clock_ = clock;
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
  file_ << line << std::endl;  // so that the file is whole whatever happens
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

absl::optional<HistoryClients::Pick> HistoryClients::PickRevoked(uint32_t which) const {
  absl::MutexLock lock(&mutex_);
  if (revoked_.empty()) return absl::nullopt;
  return revoked_[which % revoked_.size()];
}

void HistoryClients::KeepRevoked(Pick pick) {
  absl::MutexLock lock(&mutex_);
  revoked_.push_back(std::move(pick));
  if (revoked_.size() > kRemembered) revoked_.pop_front();
}

absl::optional<HistoryClients::Request> HistoryClients::PickRequest(bool to_change, int64_t clock) const {
  absl::MutexLock lock(&mutex_);
  absl::optional<Request> last;
  for (const Request& request : requests_) {
    if (clock - request.clock > kRepeatableSeconds || (to_change && !request.answered)) continue;
    if (!last.has_value() || last->received || !request.received) last = request;
  }
  return last;
}

void HistoryClients::Remember(Request request) {
  absl::MutexLock lock(&mutex_);
  requests_.push_back(std::move(request));
  if (requests_.size() > kRemembered) requests_.pop_front();
}

void HistoryClients::Answered(int64_t request, bool received) {
  absl::MutexLock lock(&mutex_);
  for (Request& remembered : requests_) {
    if (remembered.call != request) continue;
    remembered.answered = true;
    remembered.received |= received;
  }
}

}  // namespace paseto::chaos
