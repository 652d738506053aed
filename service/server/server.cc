#include "grpc_paseto/service/server/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "grpc_paseto/service/api/token_service.h"
#include "grpc_paseto/service/feed/feed_publisher.h"
#include "grpc_paseto/service/feed/trust_feed_service.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/client_token.h"
#include "grpc_paseto/service/metrics/metrics.h"
#include "grpc_paseto/service/policy/caller_policy.h"
#include "grpc_paseto/service/server/expired_row_cleaner.h"
#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/service/server/tls_files.h"
#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "grpc_paseto/service/store/sqlite_store.h"

namespace paseto::service {
namespace {

constexpr int kLargestRequestBytes = 1 << 20;
constexpr absl::Duration kLastWords = absl::Seconds(1);

// Waits for what the store answers, while the server starts.
template <typename T, typename Start>
absl::StatusOr<T> AwaitStore(Start start) {
  absl::StatusOr<T> result = absl::UnavailableError("the store did not answer");
  absl::Notification answered;
  start(Done<T>([&](absl::StatusOr<T> answer) {
    result = std::move(answer);
    answered.Notify();
  }));
  answered.WaitForNotification();
  return result;
}

v1::AuthRule ReflectionRule(ReflectionAccess access) {
  v1::AuthRule rule;
  if (access == ReflectionAccess::kEveryone) {
    rule.set_mode(v1::AuthRule::MODE_PUBLIC);
  } else {
    rule.set_type(std::string(kClientType));
    rule.add_audiences(std::string(kServiceAudience));
  }
  return rule;
}

// `address` with the port that was bound in the place of port 0.
std::string BoundAddress(const std::string& address, int port) {
  if (absl::StartsWith(address, "unix:")) return address;
  return absl::StrCat(address.substr(0, address.rfind(':') + 1), port);
}

}  // namespace

// Declared in the order in which they need each other; destroyed the other way round.
class Server::Parts {
 public:
  explicit Parts(const ServerOptions& options)
      : options_(options), guard_log_(options.log, &metrics_), rpc_log_(options.log, &metrics_) {}

  absl::Status Start(const config::TokendConfig& config) {
    if (absl::Status status = OpenStore(config); !status.ok()) return status;
    if (absl::Status status = ReadWhatOutlivesTheConfiguration(config); !status.ok()) return status;
    if (absl::Status status = StartTrust(config); !status.ok()) return status;
    MakeServices(config);
    if (absl::Status status = StartServing(config); !status.ok()) return status;
    cleaner_ = std::make_unique<ExpiredRowCleaner>(*store_, options_.clock, options_.log, options_.clean_interval);
    if (!config.has_metrics()) return absl::OkStatus();
    if (absl::Status status = metrics_.Serve(config.metrics().address()); !status.ok()) return status;
    options_.log.Message(LogSeverity::kInfo, "serving metrics", {{"port", int64_t{metrics_.port()}}});
    return absl::OkStatus();
  }

  void Drain(absl::Duration patience) {
    if (server_ == nullptr) return;
    server_->GetHealthCheckService()->SetServingStatus(false);
    trust_feed_->Drain();
    const absl::Time deadline = absl::Now() + patience;
    token_service_->Drain(deadline);
    // What is left are streams without an end of their own, such as watches of health, and answers on their way.
    server_->Shutdown(absl::ToChronoTime(std::min(deadline, absl::Now() + kLastWords)));
    server_.reset();
  }

  const std::vector<std::string>& addresses() const { return addresses_; }
  int metrics_port() const { return metrics_.port(); }

 private:
  absl::Status OpenStore(const config::TokendConfig& config) {
    absl::StatusOr<std::shared_ptr<const KeySet>> keys = LoadKeys(config.keys().file());
    if (!keys.ok()) return keys.status();
    absl::StatusOr<std::shared_ptr<const CallerPolicies>> policies = CallerPolicies::Create(config);
    if (!policies.ok()) return policies.status();
    const config::SqliteStore& sqlite = config.store().sqlite();
    if (options_.on_rollback == OnRollback::kAccept) {
      if (absl::Status status = AcceptRollback({sqlite.folder(), sqlite.progress_file()}); !status.ok()) return status;
    }
    absl::StatusOr<std::unique_ptr<SessionStore>> store =
        OpenSqliteStore({.folder = sqlite.folder(), .progress_file = sqlite.progress_file()});
    if (!store.ok()) return store.status();
    board_->SetKeys(*std::move(keys));
    policies_ = *std::move(policies);
    store_ = options_.around_store ? options_.around_store(*std::move(store)) : *std::move(store);
    return absl::OkStatus();
  }

  absl::Status AcceptRollback(const StoreFiles& files) {
    const absl::StatusOr<absl::optional<StoreProgress>> begun = AcceptSqliteRollback(files, options_.clock.Now());
    if (!begun.ok()) return begun.status();
    if (!begun->has_value()) {
      options_.log.Message(LogSeverity::kWarn,
                           "the store has not gone back in time; --accept-rollback did nothing, leave it out");
      return absl::OkStatus();
    }
    options_.log.Message(LogSeverity::kWarn,
                         "a store that has gone back in time was accepted: every session has ended; disable subjects, "
                         "and revoke keys and client tokens, again where that was done since",
                         {{"epoch", (*begun)->epoch}, {"revision", (*begun)->revision}});
    return absl::OkStatus();
  }

  // Lifetimes that were allowed before, and keys that were revoked.
  absl::Status ReadWhatOutlivesTheConfiguration(const config::TokendConfig& config) {
    settings_ = LifecycleSettingsFrom(config);
    const absl::StatusOr<LifetimeMarks> marks = AwaitStore<LifetimeMarks>(
        [this](Done<LifetimeMarks> done) { store_->RaiseLifetimes(settings_.marks, std::move(done)); });
    if (!marks.ok()) return marks.status();
    settings_.marks = *marks;
    const absl::StatusOr<std::vector<std::string>> revoked = AwaitStore<std::vector<std::string>>(
        [this](Done<std::vector<std::string>> done) { store_->ReadRevokedKeys(std::move(done)); });
    if (!revoked.ok()) return revoked.status();
    for (const std::string& id : *revoked) ForgetKey(id);
    return absl::OkStatus();
  }

  void ForgetKey(const std::string& id) {
    absl::MutexLock lock(&keys_mutex_);
    board_->SetKeys(WithRevoked(*board_->keys().Current(), {&id, 1}));
  }

  absl::Status StartTrust(const config::TokendConfig& config) {
    FeedPublisher::Dependencies feed;
    feed.store = store_.get();
    feed.board = board_;
    feed.clock = &options_.clock;
    absl::StatusOr<std::unique_ptr<FeedPublisher>> publisher = FeedPublisher::Start(std::move(feed));
    if (!publisher.ok()) return publisher.status();
    publisher_ = *std::move(publisher);

    interceptor::GuardOptions options;
    options.trust = interceptor::TrustFromBoard(board_);
    options.issuer = config.issuer();
    options.audience = std::string(kServiceAudience);
    options.clock = &options_.clock;
    options.observer = std::shared_ptr<interceptor::CallObserver>(&guard_log_, [](auto*) {});
    absl::StatusOr<std::unique_ptr<interceptor::Guard>> guard = interceptor::Guard::Create(std::move(options));
    if (!guard.ok()) return guard.status();
    guard_ = *std::move(guard);
    return absl::OkStatus();
  }

  void MakeServices(const config::TokendConfig& config) {
    const auto when_in_force = [this](FeedPosition position, absl::AnyInvocable<void() &&> done) {
      // Durable already; a store that cannot be read now delays only what this process itself refuses.
      publisher_->WhenApplied(position, [done = std::move(done)](absl::Status) mutable { std::move(done)(); });
    };
    dependencies_ = std::make_unique<Dependencies>(Dependencies{*store_, board_->keys(), *policies_, options_.clock,
                                                                options_.random, settings_, when_in_force,
                                                                [this](const std::string& id) { ForgetKey(id); }});
    token_service_ = std::make_unique<TokenService>(*dependencies_, rpc_log_);
    TrustFeedService::Dependencies feed;
    feed.publisher = publisher_.get();
    feed.board = board_;
    feed.issuer = config.issuer();
    feed.authorize_watch = [this](const grpc::CallbackServerContext& context) { return AuthorizeWatch(context); };
    trust_feed_ = std::make_unique<TrustFeedService>(std::move(feed));
  }

  absl::Status AuthorizeWatch(const grpc::CallbackServerContext& context) const {
    const absl::StatusOr<interceptor::Principal> principal = interceptor::PrincipalFrom(context);
    if (!principal.ok()) return principal.status();
    const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(*policies_, principal->client_id());
    if (!policy.ok()) return policy.status();
    if ((*policy)->may_watch()) return absl::OkStatus();
    return ClientNotAllowed("the client may not watch the feed; the operator allows it with watch");
  }

  absl::Status StartServing(const config::TokendConfig& config) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();  // for every server of the process, as gRPC has it
    interceptor::GuardedServerBuilder builder(*guard_);
    std::vector<int> ports(config.listen_size(), 0);
    for (int i = 0; i < config.listen_size(); ++i) {
      absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> credentials = CredentialsFor(config.listen(i));
      if (!credentials.ok()) return credentials.status();
      builder.AddListeningPort(config.listen(i).address(), *std::move(credentials), &ports[i]);
    }
    builder.RegisterService(token_service_.get());
    builder.RegisterService(trust_feed_.get());
    builder.SetRule("grpc.reflection.v1alpha.ServerReflection/*", ReflectionRule(options_.reflection));
    builder.SetMaxReceiveMessageSize(kLargestRequestBytes);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // two servers on one port would share its calls
    absl::StatusOr<std::unique_ptr<grpc::Server>> server = builder.Start();
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    for (int i = 0; i < config.listen_size(); ++i) {
      addresses_.push_back(BoundAddress(config.listen(i).address(), ports[i]));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CredentialsFor(const config::Listener& listener) {
    if (!listener.has_tls()) return guard_->Plaintext();
    const absl::StatusOr<grpc::SslServerCredentialsOptions> options = ReadTlsFiles(listener.tls());
    if (!options.ok()) return options.status();
    return guard_->Tls(*options);
  }

  const ServerOptions options_;
  Metrics metrics_;
  GuardLog guard_log_;
  const RpcLog rpc_log_;
  const std::shared_ptr<interceptor::TrustBoard> board_ = std::make_shared<interceptor::TrustBoard>();
  absl::Mutex keys_mutex_;  // one change of the keys at a time
  LifecycleSettings settings_;
  std::shared_ptr<const CallerPolicies> policies_;
  std::unique_ptr<SessionStore> store_;
  std::unique_ptr<FeedPublisher> publisher_;
  std::unique_ptr<interceptor::Guard> guard_;
  std::unique_ptr<Dependencies> dependencies_;
  std::unique_ptr<TokenService> token_service_;
  std::unique_ptr<TrustFeedService> trust_feed_;
  std::unique_ptr<ExpiredRowCleaner> cleaner_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::string> addresses_;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const config::TokendConfig& config,
                                                      const ServerOptions& options) {
  auto parts = std::make_unique<Parts>(options);
  if (absl::Status status = parts->Start(config); !status.ok()) return status;
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Drain(absl::ZeroDuration()); }

const std::vector<std::string>& Server::addresses() const { return parts_->addresses(); }

int Server::metrics_port() const { return parts_->metrics_port(); }

void Server::Drain(absl::Duration patience) { parts_->Drain(patience); }

}  // namespace paseto::service
