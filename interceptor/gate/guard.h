// Guard: decides every call on the ports that it makes credentials for, before a handler runs.
//
// Guarantees: on a port made with Plaintext(), Tls() or Local(), a refused call's handler never runs, whatever the API
// (sync, callback, async, generic) and the kind of call; a stream ends when its token expires or is revoked. Does not:
// see in-process channels, or ports with other credentials. There the handler does run and PrincipalFrom fails;
// GuardedServerBuilder refuses to start a server with such a port.
//
// Several guards may live in one process. A guard must outlive every server that uses it.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_INTERCEPTOR_GATE_GUARD_H_
#define GRPC_PASETO_INTERCEPTOR_GATE_GUARD_H_

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_context.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/core/token/ids.h"
#include "grpc_paseto/core/token/verified_token_cache.h"
#include "grpc_paseto/interceptor/gate/tls_files.h"
#include "grpc_paseto/interceptor/observe/call_observer.h"
#include "grpc_paseto/interceptor/policy/peer_certificate.h"
#include "grpc_paseto/interceptor/policy/principal.h"
#include "grpc_paseto/interceptor/stream/stream_mode.h"
#include "grpc_paseto/interceptor/trust/trust_source.h"

namespace paseto::interceptor {

struct TrustedIssuer {
  std::string issuer;
  std::unique_ptr<TrustSource> trust;
};

struct GuardOptions {
  std::unique_ptr<TrustSource> trust;  // required
  std::string issuer;                  // required: the iss that tokens must have, where a rule names no other
  std::string audience;                // required: the aud that tokens must have, where a rule names no other
  absl::Duration max_staleness = absl::Seconds(60);  // older trust is refused or reported, as the rule says
  absl::Duration clock_skew = absl::ZeroDuration();  // 0 to 10 min, for exp, nbf and iat
  // Tokens that were issued longer ago, or do not say when, are refused; no skew is added.
  absl::Duration max_token_age = absl::InfiniteDuration();
  // Start() waits this long for the first trust, then fails. Zero: the server starts and answers UNAVAILABLE until
  // then.
  absl::Duration wait_for_first_trust = absl::Seconds(10);
  // Signatures that may fail per connection and second, and fifty times as many of all connections together. Beyond
  // that, tokens that were not seen before share a lane of 100 a second, and are refused when it is taken
  // (policy/failure_budget.h). Connections are counted in 4,096 slots: rarely, two share a budget. Tokens that are
  // cached always pass.
  int failed_signatures_per_second = 20;
  VerifiedTokenCache::Options cache = {};
  StreamMode stream_mode = StreamMode::kEnforce;
  // Refused callers, and those whose stream is ended, read "unauthenticated" or what else the status code says, and no
  // reason. The observer is told the reason all the same.
  bool hide_reasons = false;
  // Optional: announced to clients that name their streams, as "paseto-instance", for proxies that route renewals by
  // it. At most 128 printable ASCII characters.
  std::string instance = {};
  std::shared_ptr<CallObserver> observer = nullptr;  // optional
  // Optional: other issuers, each with keys and revocations of its own, whose tokens pass where a rule names them in
  // `issuers`. No key of one issuer makes a token of another.
  std::vector<TrustedIssuer> more_issuers = {};
  const Clock* clock = nullptr;  // optional, default the system's; outlives the guard
};

class Guard {
 public:
  // Errors: INVALID_ARGUMENT naming every option that is missing or out of range.
  static absl::StatusOr<std::unique_ptr<Guard>> Create(GuardOptions options);
  ~Guard();

  // Credentials for ServerBuilder::AddListeningPort; every port needs its own.
  std::shared_ptr<grpc::ServerCredentials> Plaintext();
  std::shared_ptr<grpc::ServerCredentials> Tls(const grpc::SslServerCredentialsOptions& options);
  // `options` are used up.
  std::shared_ptr<grpc::ServerCredentials> Tls(const grpc::experimental::TlsServerCredentialsOptions& options);
  // From files, which are read again when they have changed. A method whose rule is of the type "client" may then be
  // called without a token by whom `name_client` names (ClientFrom). Errors: those of reading the files, each naming
  // its path.
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> TlsFromFiles(const TlsFiles& files,
                                                                        NameClient name_client = nullptr);
  // Without TLS, every connection being that of `client`: for a Unix socket that only the client can reach.
  std::shared_ptr<grpc::ServerCredentials> PlaintextFor(const ClientId& client);
  // Without encryption, and only for callers on this machine: UDS takes Unix sockets, LOCAL_TCP the loopback address.
  std::shared_ptr<grpc::ServerCredentials> Local(grpc_local_connect_type type);

  class Impl;  // for the other files of this room
  Impl& impl() { return *impl_; }

 private:
  explicit Guard(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The principal of the call that `context` belongs to, in sync, callback, async and generic handlers. Anonymous where
// the rule allows that and no acceptable credential came. On a stream that was renewed it is the new one. The gate has
// judged the rule and the time; here the token must still be genuine, under a key in good standing and not revoked. To
// make that so, the gate takes credentials that are not the caller's identity in this call out of client_metadata():
// those of public methods, those that a lenient rule forgave, those under another method's key. Errors: UNAUTHENTICATED
// gate_missing for a call that did not pass a guard; the refusal of the credential, as a caller may read it, when it is
// no longer acceptable (it may have been revoked since the call began).
absl::StatusOr<Principal> PrincipalFrom(const grpc::ServerContextBase& context);

// The client that makes a call whose rule is of the type "client": that of its token (client_id), else the one that its
// connection names. Empty where the rule lets others call. Errors: as PrincipalFrom.
absl::StatusOr<ClientId> ClientFrom(const grpc::ServerContextBase& context);

// The SHA-256 of the certificate that the client of this connection showed, 32 bytes; empty when it showed none.
std::string CertificateSha256From(const grpc::ServerContextBase& context);

// `status` for the wire: code and text are kept.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_GATE_GUARD_H_
