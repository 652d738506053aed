// TrustFromFeed: keys and revocations from tokend's TrustFeed, kept current by one stream.
//
// Resumes by position after a break, on the next address; takes a snapshot when the epoch changed. A snapshot takes
// effect at its end marker only. The age counts from the server's own confirmation (as_of), so a replica that is cut
// off from its store does not pass as fresh.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_FEED_TRUST_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_FEED_TRUST_H_

#include <grpcpp/security/credentials.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/interceptor/trust/trust_source.h"

namespace paseto::interceptor {

struct FeedTrustOptions {
  std::vector<std::string> addresses;  // required: tokend's replicas, tried in turn
  // Optional: TLS credentials. Without them every address must be on loopback or a Unix socket.
  std::shared_ptr<grpc::ChannelCredentials> channel = nullptr;
  std::string issuer;  // required: a feed of another issuer is refused
  // Holds the client token of this verifier; read again at every connection. Empty when `client_token` gives it, or the
  // connection says who this is: by a client certificate in `channel`, or by a Unix socket of its own.
  std::string token_file = {};
  // Optional, in the place of token_file: gives the client token. Called on the source's thread before every connection
  // and may wait there, as TokenKeeper::WaitForToken does; so do the connection and the source's destructor. An error
  // is reported, and the source goes on trying.
  std::function<absl::StatusOr<std::string>()> client_token = nullptr;
  absl::Duration max_backoff = absl::Seconds(5);  // between attempts; they begin close together, with jitter
  absl::Duration patience = absl::Seconds(10);    // a server that confirms nothing for so long is left for the next one
  // Optional: a key file (core/token/key_file.h) with local keys alone (k4 or k3), which a feed never carries. Read
  // again when it changes; a fault then keeps the old keys.
  std::string key_file = {};
  // Optional: a file (feed_journal.h) in which the source keeps keys and revocations, so that a start without any
  // server of the feed knows what was known. That is stale until a server confirms it: methods whose rule says
  // STALE_ACTION_ALLOW are served, others refused. Its folder must exist; one source writes to it.
  std::string journal_file = {};
  // Optional: told, on a thread of the source or inside TrustFromFeed, why a connection ended or was not made, or a
  // file was not used. No token text, no key text.
  std::function<void(const absl::Status&)> on_problem = nullptr;
  const Clock* clock = nullptr;  // optional, default the system's; outlives the source
};

// Errors: INVALID_ARGUMENT naming every option that is missing or wrong. An unreachable tokend is not an error here:
// the source goes on trying.
absl::StatusOr<std::unique_ptr<TrustSource>> TrustFromFeed(FeedTrustOptions options);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_FEED_TRUST_H_
