// Dependencies: what issuing, refreshing, revoking and introspecting need. Everything outlives whoever holds it.
#ifndef GRPC_PASETO_SERVICE_LIFECYCLE_DEPENDENCIES_H_
#define GRPC_PASETO_SERVICE_LIFECYCLE_DEPENDENCIES_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/service/lifecycle/random_source.h"
#include "grpc_paseto/service/policy/caller_policy.h"
#include "grpc_paseto/service/store/session_store.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

// The part of the configuration that says how long things live.
struct LifecycleSettings {
  std::string issuer;
  absl::Duration access_lifetime;
  absl::Duration max_access_lifetime;
  uint32_t jitter_permille = 0;
  absl::Duration session_lifetime;
  absl::Duration idle_timeout;
  absl::Duration refresh_grace;
  uint32_t refresh_grace_limit = 0;

  bool audited = false;  // every issue goes through a transaction, which records it

  // The longest lives that were ever allowed (SessionStore::RaiseLifetimes); at first those of this configuration.
  LifetimeMarks marks;

  // How long verifiers must remember that a session or a subject was revoked: the longest access token, and the skew
  // that a verifier may allow.
  absl::Duration verifier_retention() const;
  // How long the store must remember it: no session that it concerns is alive then.
  absl::Duration store_retention() const;
};

// REQUIRES: defaults are filled.
LifecycleSettings LifecycleSettingsFrom(const config::TokendConfig& config);

struct Dependencies {
  SessionStore& store;
  const KeyRing& keys;
  const CallerPolicies& policies;
  const Clock& clock;
  const Clock& forget_clock;  // what expired before it is never valid again (store/forgetting.h); at most `clock`
  RandomSource& random;
  LifecycleSettings settings;
  // Runs the callback once this process itself refuses what the feed says up to that position.
  // Errors: UNAVAILABLE when it cannot tell now; what is in the feed stands, and follows later.
  std::function<void(FeedPosition, absl::AnyInvocable<void(absl::Status) &&>)> when_in_force = {};
  // Revokes the key for ever, in the name of `by`, and lets this process and its watchers refuse what it signed.
  // Result: the head of the feed. Errors: NOT_FOUND when it names no key; those of the store.
  std::function<void(const std::string& key_id, const ClientId& by, Done<FeedPosition>)> revoke_key = {};
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_LIFECYCLE_DEPENDENCIES_H_
