#include "grpc_paseto/interceptor/client/token_keeper.h"

#include <algorithm>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/types/optional.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::client {
namespace {

// Whether the session is over, so that trying again is of no use.
bool EndsSession(const absl::Status& status) {
  switch (interceptor::ReasonOf(status.message())) {
    case v1::REASON_REFRESH_INVALID:
    case v1::REASON_REFRESH_REUSED:
    case v1::REASON_SESSION_EXPIRED:
    case v1::REASON_SESSION_REVOKED:
    case v1::REASON_SESSION_UNKNOWN:
    case v1::REASON_STORE_ROLLED_BACK:
    case v1::REASON_TOKEN_REVOKED:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool RefreshMayHelp(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kUnauthenticated) return false;
  switch (interceptor::ReasonOf(status.message())) {
    case v1::REASON_UNSPECIFIED:  // a server that does not tell why
    case v1::REASON_TOKEN_EXPIRED:
    case v1::REASON_TOKEN_REVOKED:
    case v1::REASON_TOKEN_TOO_OLD:
    case v1::REASON_KEY_UNKNOWN:
    case v1::REASON_STREAM_EXPIRED:
    case v1::REASON_STREAM_REVOKED:
      return true;
    default:
      return false;
  }
}

std::shared_ptr<TokenKeeper> TokenKeeper::Make(TokenPair pair, TokenKeeperOptions options) {
  return std::shared_ptr<TokenKeeper>(new TokenKeeper(std::move(pair), std::move(options)));
}

TokenKeeper::TokenKeeper(TokenPair pair, TokenKeeperOptions options)
    : options_(std::move(options)), backoff_(options_.first_backoff) {
  absl::MutexLock lock(&mutex_);
  Adopt(std::move(pair), Now());
}

absl::Time TokenKeeper::Now() const { return (options_.clock != nullptr ? *options_.clock : system_clock_).Now(); }

void TokenKeeper::Adopt(TokenPair pair, absl::Time now) {
  pair_ = std::move(pair);
  adopted_at_ = now;
  const absl::Duration life = std::max(pair_.access_expires_at - now, absl::ZeroDuration());
  refresh_at_ = now + life * absl::Uniform(random_, 0.80, 0.90);
  backoff_ = options_.first_backoff;
  retry_at_ = absl::InfinitePast();
}

// A token that has just come is used whatever this machine's clock says of it: otherwise a clock that runs ahead would
// make every call refresh.
bool TokenKeeper::IsUsable(absl::Time now) const {
  if (pair_.access_token.empty() || rejected_) return false;
  const absl::Duration life = pair_.access_expires_at - adopted_at_;
  const absl::Duration margin = std::min(options_.expiry_margin, std::max(life / 10, absl::ZeroDuration()));
  const bool just_came = life <= absl::ZeroDuration() && now < adopted_at_ + options_.first_backoff;
  return now < pair_.access_expires_at - margin || just_came;
}

void TokenKeeper::GetNewerThan(absl::Time expiry, Done done) {
  absl::optional<absl::StatusOr<Token>> answer;
  absl::optional<std::string> to_refresh;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = Now();
    const bool can_refresh = ended_.ok() && !refreshing_ && now >= retry_at_ && !pair_.refresh_token.empty();
    if (IsUsable(now) && pair_.access_expires_at > expiry) {
      answer = Token{pair_.access_token, pair_.access_expires_at};
      if (now >= refresh_at_ && can_refresh) to_refresh = pair_.refresh_token;
    } else if (refreshing_) {
      waiting_.push_back(std::move(done));
    } else if (can_refresh) {
      waiting_.push_back(std::move(done));
      to_refresh = pair_.refresh_token;
    } else if (!ended_.ok()) {
      answer = ended_;
    } else if (pair_.refresh_token.empty()) {
      answer = absl::UnauthenticatedError("the access token has expired and there is no refresh token; sign in again");
    } else {
      answer = last_error_;
    }
    if (to_refresh.has_value()) refreshing_ = true;
  }
  if (answer.has_value()) done(*std::move(answer));
  if (to_refresh.has_value()) StartRefresh(*to_refresh);
}

absl::StatusOr<TokenKeeper::Token> TokenKeeper::WaitForToken() {
  absl::Notification answered;
  absl::StatusOr<Token> token = absl::UnknownError("");
  Get([&](absl::StatusOr<Token> answer) {
    token = std::move(answer);
    answered.Notify();
  });
  answered.WaitForNotification();
  return token;
}

void TokenKeeper::StartRefresh(const std::string& refresh_token) {
  options_.refresher->Refresh(refresh_token, [self = shared_from_this()](absl::StatusOr<TokenPair> pair) {
    self->OnRefreshed(std::move(pair));
  });
}

void TokenKeeper::OnRefreshed(absl::StatusOr<TokenPair> pair) {
  if (pair.ok() && options_.save) {
    const absl::Status saved = options_.save(*pair);
    if (!saved.ok()) Report(saved);
  }
  const absl::Status problem = pair.status();
  std::vector<Done> waiting;
  absl::StatusOr<Token> answer = absl::UnknownError("");
  {
    absl::MutexLock lock(&mutex_);
    refreshing_ = false;
    waiting.swap(waiting_);
    const absl::Time now = Now();
    if (std::exchange(was_replaced_meanwhile_, false)) {
      answer = Token{pair_.access_token, pair_.access_expires_at};
    } else if (pair.ok()) {
      replaces_rejected_ = std::exchange(rejected_, false);
      Adopt(*std::move(pair), now);
      answer = Token{pair_.access_token, pair_.access_expires_at};
    } else {
      answer = OnRefreshFailed(problem, now);
    }
  }
  if (!problem.ok()) Report(problem);
  for (const Done& done : waiting) done(answer);
}

absl::StatusOr<TokenKeeper::Token> TokenKeeper::OnRefreshFailed(absl::Status status, absl::Time now) {
  if (EndsSession(status)) {
    ended_ = status;
    return status;
  }
  last_error_ = absl::UnavailableError("no access token: the last refresh failed; it is tried again soon");
  retry_at_ = now + backoff_ * absl::Uniform(random_, 0.8, 1.2);
  backoff_ = std::min(backoff_ * 2, options_.max_backoff);
  return last_error_;
}

void TokenKeeper::Reject(absl::string_view token) {
  absl::MutexLock lock(&mutex_);
  if (token == pair_.access_token && !replaces_rejected_) rejected_ = true;
}

void TokenKeeper::SetPair(TokenPair pair) {
  absl::MutexLock lock(&mutex_);
  ended_ = absl::OkStatus();
  rejected_ = replaces_rejected_ = false;
  was_replaced_meanwhile_ = refreshing_;
  Adopt(std::move(pair), Now());
}

TokenPair TokenKeeper::pair() const {
  absl::MutexLock lock(&mutex_);
  return pair_;
}

void TokenKeeper::Report(const absl::Status& problem) const {
  if (options_.on_problem) options_.on_problem(problem);
}

}  // namespace paseto::client
