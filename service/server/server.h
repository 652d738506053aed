// Server: a whole tokend in one object: store, keys, trust feed, guard, services, ports.
//
// Its own RPCs are guarded by the interceptor library, from the rules in the .proto files; its trust is its own board.
#ifndef GRPC_PASETO_SERVICE_SERVER_SERVER_H_
#define GRPC_PASETO_SERVICE_SERVER_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/service/lifecycle/random_source.h"
#include "grpc_paseto/service/log/json_log.h"
#include "grpc_paseto/service/store/session_store.h"
#include "service/config/tokend_config.pb.h"

namespace paseto::service {

// What reading the descriptors of the services takes.
enum class ReflectionAccess {
  kClients,   // a client token
  kEveryone,  // nothing, for a first try
};

// What to do about a store that has gone back in time.
enum class OnRollback {
  kRefuse,
  kAccept,  // a new epoch begins and every session ends
};

struct ServerOptions {
  const Clock& clock;
  RandomSource& random;
  const JsonLog& log;
  ReflectionAccess reflection = ReflectionAccess::kClients;
  OnRollback on_rollback = OnRollback::kRefuse;
  absl::Duration key_interval = absl::Seconds(5);    // between two looks at the keys
  absl::Duration clean_interval = absl::Minutes(1);  // between two looks for expired rows
  // Optional: what stands between the server and its store, such as a fault that a test plants.
  std::function<std::unique_ptr<SessionStore>(std::unique_ptr<SessionStore>)> around_store = nullptr;
};

class Server {
 public:
  // Starts to serve. `config` is valid and complete (service/config); what `options` refer to outlives the server.
  // Errors: FAILED_PRECONDITION, INVALID_ARGUMENT, PERMISSION_DENIED and others with a text that says what to do;
  // nothing is left behind but a data folder.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const config::TokendConfig& config,
                                                       const ServerOptions& options);
  // Drains without patience.
  ~Server();

  // Where the server listens, in the order of the configuration, with the ports that were really bound.
  const std::vector<std::string>& addresses() const;

  // Where Prometheus reads; 0 when the configuration has no metrics.
  int metrics_port() const;

  // Health turns to NOT_SERVING, watchers of the feed are ended, new calls are refused, running ones may finish for
  // `patience` and are cancelled then; what was accepted is written. A second call does nothing.
  void Drain(absl::Duration patience);

 private:
  class Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_SERVER_SERVER_H_
