// TokenKeeper: always has an access token for the next call, as long as its session lives.
//
// - Refreshes ahead: at a random 80 to 90 % of the token's life, when a call needs a token; never while idle. The old
//   token stays in use meanwhile.
// - One refresh at a time. Calls that come when there is no usable token wait for it.
// - A failed refresh is tried again by a later call, after a pause that grows; until then such calls fail at once.
// - A refresh token that is refused for good ends the attempts: somebody has to sign in again.
// - A token that a server refused is replaced once; when the new one is refused too, it is not the token's fault.
//
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_CLIENT_TOKEN_KEEPER_H_
#define GRPC_PASETO_INTERCEPTOR_CLIENT_TOKEN_KEEPER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/interceptor/client/refresher.h"
#include "grpc_paseto/interceptor/client/token_pair.h"

namespace paseto::client {

struct TokenKeeperOptions {
  std::shared_ptr<Refresher> refresher;  // required
  // A token counts as expired this long before its end, or for the last tenth of its life where that is shorter.
  absl::Duration expiry_margin = absl::Seconds(30);
  absl::Duration first_backoff = absl::Seconds(1);
  absl::Duration max_backoff = absl::Minutes(2);
  // Optional: keeps a new pair, such as SaveTokenPair. Runs before the pair is used, not under a lock.
  std::function<absl::Status(const TokenPair&)> save = nullptr;
  // Optional: told why a refresh or a save failed. No token text.
  std::function<void(const absl::Status&)> on_problem = nullptr;
  const Clock* clock = nullptr;  // optional, default the system's; outlives the keeper
};

class TokenKeeper : public std::enable_shared_from_this<TokenKeeper> {
 public:
  struct Token {
    std::string text;
    absl::Time expires_at;
  };
  using Done = std::function<void(absl::StatusOr<Token>)>;

  // A pair with an expired access token is fine; one without a refresh token lasts as long as its access token.
  static std::shared_ptr<TokenKeeper> Make(TokenPair pair, TokenKeeperOptions options);

  // Gives a usable token, at once or after a refresh; `done` runs once, on this thread or on that of the refresher.
  // Errors: UNAUTHENTICATED when the session is over; UNAVAILABLE (or as the refresh failed) during a pause.
  void Get(Done done) { GetNewerThan(absl::InfinitePast(), std::move(done)); }
  // The same, with a token that expires after `expiry`; the newest one where a refresh gives no later one.
  void GetNewerThan(absl::Time expiry, Done done);
  // Get for a thread that may wait; the refresher's own may not.
  absl::StatusOr<Token> WaitForToken();

  // A server answered a call with this token UNAUTHENTICATED (see RefreshMayHelp): the next Get refreshes first.
  void Reject(absl::string_view token);

  // Begins a new session, after a sign-in.
  void SetPair(TokenPair pair);
  TokenPair pair() const;

 private:
  TokenKeeper(TokenPair pair, TokenKeeperOptions options);
  absl::Time Now() const;
  bool IsUsable(absl::Time now) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Adopt(TokenPair pair, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartRefresh(const std::string& refresh_token);
  void OnRefreshed(absl::StatusOr<TokenPair> pair);
  absl::StatusOr<Token> OnRefreshFailed(absl::Status status, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Report(const absl::Status& problem) const;

  const TokenKeeperOptions options_;
  const SystemClock system_clock_;
  mutable absl::Mutex mutex_;
  absl::BitGen random_ ABSL_GUARDED_BY(mutex_);
  TokenPair pair_ ABSL_GUARDED_BY(mutex_);
  absl::Time adopted_at_ ABSL_GUARDED_BY(mutex_);
  absl::Time refresh_at_ ABSL_GUARDED_BY(mutex_);
  bool refreshing_ ABSL_GUARDED_BY(mutex_) = false;
  bool rejected_ ABSL_GUARDED_BY(mutex_) = false;                // the present token, by a server
  bool replaces_rejected_ ABSL_GUARDED_BY(mutex_) = false;       // the present token took the place of a rejected one
  bool was_replaced_meanwhile_ ABSL_GUARDED_BY(mutex_) = false;  // SetPair came during a refresh
  absl::Status ended_ ABSL_GUARDED_BY(mutex_);                   // why no refresh can succeed any more
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
  absl::Time retry_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Duration backoff_ ABSL_GUARDED_BY(mutex_);
  std::vector<Done> waiting_ ABSL_GUARDED_BY(mutex_);
};

// True for the status of a call for which another token may do better: an expired or revoked one, say, not a wrong
// audience or a missing scope.
bool RefreshMayHelp(const absl::Status& status);

}  // namespace paseto::client

#endif  // GRPC_PASETO_INTERCEPTOR_CLIENT_TOKEN_KEEPER_H_
