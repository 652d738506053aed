// Issuer: makes a token, or opens a session and makes its first pair. session/issuance.h decides about disabled
// subjects and repeated requests, inside the store's transaction.
//
// gRPC-free and asynchronous. Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_ISSUE_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_ISSUE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "grpc_paseto/service/lifecycle/access_token.h"
#include "grpc_paseto/service/lifecycle/dependencies.h"
#include "service/lifecycle/grant.pb.h"

namespace paseto::service {

// A well-formed request (service/api checks lengths and characters).
struct IssueOrder {
  ClientId client;  // who asks, authenticated
  std::string subject;
  std::string type;
  Grant grant;  // audiences may be empty: the client's default; binding and authenticated_at are set here
  bool fresh = false;
  std::string implicit_assertion;
  bool with_refresh_token = false;
  absl::optional<absl::Duration> session_lifetime;
  absl::optional<RepeatableRequest> request;  // absent: may not be repeated
  bool single_use = false;                    // the token is spent by Consumer
  SessionId session;                          // not empty: a fresh access token within this session (step-up)
  std::string certificate_sha256 = {};        // of the caller's connection; empty: none
};

// A pair, or one token.
struct IssuedTokens {
  MadeToken access;
  absl::optional<MadeToken> refresh = {};
  SessionId session = {};          // empty without a refresh token
  absl::string_view outcome = {};  // for the log; lives for ever: "repeated", "lost_response", "concurrent", or empty
};

class Issuer {
 public:
  explicit Issuer(const Dependencies& dependencies) : dependencies_(dependencies) {}

  // Everything that can fail without the store is checked before the store is asked, so that a session exists only when
  // its tokens were made. `done` runs once, inside the call when the order is refused, else on a thread of the store.
  // An order with a request that was answered before gives the same tokens again (session/issuance.h), the refresh
  // token in another text. An order with a session raises that session's sign-in: what was revoked before does not
  // concern it any more. Errors: refusals: session_unknown, session_revoked, session_expired, token_revoked;
  // client_not_allowed, client_disabled, subject_disabled, request_invalid, request_id_taken, request_not_repeatable,
  // key_not_active, store_unavailable, internal.
  void Issue(IssueOrder order, Done<IssuedTokens> done) const;

 private:
  struct Plan;
  absl::StatusOr<Plan> MakePlan(IssueOrder order) const;
  absl::StatusOr<Session> PlanSession(const IssueOrder& order, const CallerPolicy& policy, absl::Time now) const;
  void IssueWithinSession(IssueOrder order, Done<IssuedTokens> done) const;
  absl::StatusOr<Plan> PlanWithinSession(IssueOrder order, const Session& session) const;
  void IssueWithoutRow(Plan plan, Done<IssuedTokens> done) const;
  void IssueWithRow(Plan plan, Done<IssuedTokens> done) const;
  absl::StatusOr<IssuedTokens> MakeTokens(Plan plan, const IssueResult& result) const;

  const Dependencies& dependencies_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_ISSUE_H_
