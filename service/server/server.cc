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
#include "grpc_paseto/service/api/call.h"
#include "grpc_paseto/service/api/key_admin_service.h"
#include "grpc_paseto/service/api/store_admin_service.h"
#include "grpc_paseto/service/api/token_service.h"
#include "grpc_paseto/service/config/check_config_files.h"
#include "grpc_paseto/service/config/durations.h"
#include "grpc_paseto/service/feed/feed_publisher.h"
#include "grpc_paseto/service/feed/trust_feed_service.h"
#include "grpc_paseto/service/keys/kek_source.h"
#include "grpc_paseto/service/keys/key_keeper.h"
#include "grpc_paseto/service/keys/key_rotator.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/client_token.h"
#include "grpc_paseto/service/metrics/metrics.h"
#include "grpc_paseto/service/policy/call_rates.h"
#include "grpc_paseto/service/policy/caller_policy.h"
#include "grpc_paseto/service/policy/certificate_clients.h"
#include "grpc_paseto/service/server/expired_row_cleaner.h"
#include "grpc_paseto/service/server/forget_clock.h"
#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/service/server/rotation_policy.h"
#include "grpc_paseto/service/server/store_backups.h"
#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "grpc_paseto/service/store/sqlite_store.h"

namespace paseto::service {
namespace {

constexpr int kLargestRequestBytes = 1 << 20;
constexpr absl::Duration kLastWords = absl::Seconds(1);
constexpr char kAllEnded[] =
    ": every session has ended and the keys that tokend signs with were replaced; disable subjects, and revoke client "
    "keys, foreign keys and client tokens, again where that was done since";

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
      : options_(options), guard_log_(options.log, boot_clock_, &metrics_), rpc_log_(options.log, &metrics_) {}

  absl::Status Start(const config::TokendConfig& config) {
    if (absl::Status status = OpenStore(config); !status.ok()) return status;
    if (absl::Status status = ReadWhatOutlivesTheConfiguration(config); !status.ok()) return status;
    if (absl::Status status = OpenKeys(config); !status.ok()) return status;
    if (absl::Status status = StartTrust(config); !status.ok()) return status;
    MakeServices(config);
    if (absl::Status status = StartServing(config); !status.ok()) return status;
    cleaner_ = std::make_unique<ExpiredRowCleaner>(*store_, forget_clock_, options_.log, options_.clean_interval);
    rotator_ = std::make_unique<KeyRotator>(
        keeper_, [this] { return trust_feed_->Verifiers(); }, options_.log, options_.key_interval);
    if (!config.has_metrics()) return absl::OkStatus();
    if (absl::Status status = metrics_.Serve(config.metrics().address()); !status.ok()) return status;
    options_.log.Message(LogSeverity::kInfo, "serving metrics", {{"port", int64_t{metrics_.port()}}});
    return absl::OkStatus();
  }

  void Drain(absl::Duration patience) {
    if (server_ == nullptr) return;
    server_->GetHealthCheckService()->SetServingStatus(false);
    trust_feed_->Drain();
    backups_->Cancel();
    const absl::Time deadline = absl::Now() + patience;
    token_service_->Drain(deadline);
    key_admin_->Drain(deadline);
    store_admin_->Drain(deadline);
    // What is left are streams without an end of their own, such as watches of health, and answers on their way.
    server_->Shutdown(absl::ToChronoTime(std::min(deadline, absl::Now() + kLastWords)));
    server_.reset();
  }

  const std::vector<std::string>& addresses() const { return addresses_; }
  int metrics_port() const { return metrics_.port(); }

 private:
  absl::Status OpenStore(const config::TokendConfig& config) {
    absl::StatusOr<std::shared_ptr<const CallerPolicies>> policies = CallerPolicies::Create(config);
    if (!policies.ok()) return policies.status();
    const config::SqliteStore& sqlite = config.store().sqlite();
    if (options_.on_rollback == OnRollback::kAccept) {
      const absl::Status accepted = AcceptRollback({sqlite.folder(), sqlite.progress_file(), config.has_audit()});
      if (!accepted.ok()) return accepted;
    }
    absl::StatusOr<std::unique_ptr<SessionStore>> store = OpenSqliteStore(
        {.folder = sqlite.folder(), .progress_file = sqlite.progress_file(), .audit = AuditFrom(config)});
    if (!store.ok()) return store.status();
    policies_ = *std::move(policies);
    store_ = options_.around_store ? options_.around_store(*std::move(store)) : *std::move(store);
    return absl::OkStatus();
  }

  absl::optional<AuditOptions> AuditFrom(const config::TokendConfig& config) {
    if (!config.has_audit()) return absl::nullopt;
    AuditOptions audit{config.audit().file(), config.audit().key_file(), config.audit().fail_closed()};
    audit.on_trouble = [&log = options_.log](const absl::Status& status) {
      if (status.ok()) return log.Message(LogSeverity::kInfo, "the audit file can be written again");
      log.Message(LogSeverity::kError, "the audit file cannot be written; the store keeps what it lacks",
                  {{"cause", status.message()}});
    };
    return audit;
  }

  absl::Status AcceptRollback(const StoreFiles& files) {
    const absl::StatusOr<absl::optional<StoreProgress>> begun = AcceptSqliteRollback(files, options_.clock.Now());
    if (!begun.ok()) return begun.status();
    if (!begun->has_value()) {
      options_.log.Message(LogSeverity::kWarn,
                           "the store has not gone back in time; --accept-rollback did nothing, leave it out");
      return absl::OkStatus();
    }
    options_.log.Message(LogSeverity::kWarn, absl::StrCat("a store that has gone back in time was accepted", kAllEnded),
                         {{"epoch", (*begun)->epoch}, {"revision", (*begun)->revision}});
    return absl::OkStatus();
  }

  // Lifetimes that were allowed before, and up to when the store forgets.
  absl::Status ReadWhatOutlivesTheConfiguration(const config::TokendConfig& config) {
    settings_ = LifecycleSettingsFrom(config);
    const absl::StatusOr<LifetimeMarks> marks = AwaitStore<LifetimeMarks>(
        [this](Done<LifetimeMarks> done) { store_->RaiseLifetimes(settings_.marks, std::move(done)); });
    if (!marks.ok()) return marks.status();
    settings_.marks = *marks;
    return forget_clock_.Advance(*store_);
  }

  absl::Status OpenKeys(const config::TokendConfig& config) {
    std::vector<Key> from_file;
    if (!config.keys().file().empty()) {
      const absl::StatusOr<std::shared_ptr<const KeySet>> file = LoadKeys(config.keys().file());
      if (!file.ok()) return file.status();
      from_file.assign((*file)->keys().begin(), (*file)->keys().end());
    }
    const absl::StatusOr<KeyTable> stored =
        AwaitStore<KeyTable>([this](Done<KeyTable> done) { store_->keys().ReadKeys(std::move(done)); });
    if (!stored.ok()) return stored.status();
    absl::StatusOr<Kek> kek = LoadOrMakeKek(config.keys(), config.store().sqlite().folder(), stored->rows.empty());
    if (!kek.ok()) return kek.status();
    keeper_ = std::make_shared<KeyKeeper>(KeyKeeper::Dependencies{
        store_->keys(), options_.clock, options_.log, *std::move(kek), RotationPolicyFrom(config, settings_.marks),
        [board = board_](std::shared_ptr<const KeySet> keys) { board->SetKeys(std::move(keys)); }});
    return keeper_->Load(from_file);
  }

  void RevokeKey(const std::string& id, const ClientId& by, Done<FeedPosition> done) const {
    keeper_->Revoke(id, by, [done = std::move(done)](absl::StatusOr<KeyTable> table) mutable {
      if (!table.ok()) return std::move(done)(table.status());
      std::move(done)(table->head);
    });
  }

  absl::Status StartTrust(const config::TokendConfig& config) {
    FeedPublisher::Dependencies feed;
    feed.store = store_.get();
    feed.board = board_;
    feed.clock = &options_.clock;
    feed.forget_clock = &forget_clock_;
    // By value what is gone before the store: its completions call this.
    feed.on_rollback = [keeper = keeper_, &log = options_.log, &metrics = metrics_](
                           const NoticedRollback& rollback, absl::AnyInvocable<void() &&> done) {
      metrics.OnStoreRolledBack();
      log.Message(LogSeverity::kError,
                  absl::StrCat("a verifier proved that the store had gone back in time", kAllEnded),
                  {{"client", absl::string_view(rollback.by.text())},
                   {"seen_revision", rollback.seen.revision},
                   {"epoch", rollback.begun.epoch},
                   {"revision", rollback.begun.revision}});
      keeper->Turn({}, [done = std::move(done)](const absl::StatusOr<KeyTable>&) mutable { std::move(done)(); });
    };
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
    const auto when_in_force = [this](FeedPosition position, absl::AnyInvocable<void(absl::Status) &&> done) {
      publisher_->WhenApplied(position, std::move(done));
    };
    dependencies_ = std::make_unique<Dependencies>(
        Dependencies{*store_, board_->keys(), *policies_, options_.clock, forget_clock_, options_.random, settings_,
                     when_in_force, [this](const std::string& id, const ClientId& by, Done<FeedPosition> done) {
                       RevokeKey(id, by, std::move(done));
                     }});
    rates_ = std::make_unique<CallRates>(config, options_.clock);
    token_service_ = std::make_unique<TokenService>(*dependencies_, rpc_log_, *rates_);
    key_admin_ = std::make_unique<KeyAdminService>(*keeper_, board_->keys(), *policies_, rpc_log_, *rates_);
    const config::SqliteStore& sqlite = config.store().sqlite();
    backups_ = std::make_unique<StoreBackups>(sqlite.folder(), sqlite.backup_folder());
    store_admin_ = std::make_unique<StoreAdminService>(
        [this](const std::string& name, Done<FinishedBackup> done) { backups_->Start(name, std::move(done)); },
        *policies_, rpc_log_, *rates_);
    TrustFeedService::Dependencies feed;
    feed.publisher = publisher_.get();
    feed.board = board_;
    feed.issuer = config.issuer();
    feed.key_set_version = [this](const KeySet& keys) { return keeper_->VersionOf(keys); };
    feed.keys_max_age = ToAbslDuration(config.keys().rotation().min_announce());
    feed.authorize_watch = [this](const grpc::CallbackServerContext& context) { return AuthorizeWatch(context); };
    trust_feed_ = std::make_unique<TrustFeedService>(std::move(feed));
  }

  absl::StatusOr<ClientId> AuthorizeWatch(const grpc::CallbackServerContext& context) const {
    const absl::StatusOr<ClientId> client = CallingClient(context);
    if (!client.ok()) return client.status();
    const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(*policies_, *client);
    if (!policy.ok()) return policy.status();
    if ((*policy)->may_watch()) return client;
    return ClientNotAllowed("the client may not watch the feed; the operator allows it with watch");
  }

  absl::Status StartServing(const config::TokendConfig& config) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();  // for every server of the process, as gRPC has it
    interceptor::GuardedServerBuilder builder(*guard_);
    const auto clients = std::make_shared<const CertificateClients>(config);
    std::vector<int> ports(config.listen_size(), 0);
    for (int i = 0; i < config.listen_size(); ++i) {
      absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> credentials = CredentialsFor(config.listen(i), clients);
      if (!credentials.ok()) return credentials.status();
      builder.AddListeningPort(config.listen(i).address(), *std::move(credentials), &ports[i]);
    }
    builder.RegisterService(token_service_.get());
    builder.RegisterService(key_admin_.get());
    builder.RegisterService(trust_feed_.get());
    builder.RegisterService(store_admin_.get());
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

  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CredentialsFor(
      const config::Listener& listener, const std::shared_ptr<const CertificateClients>& clients) {
    if (!listener.client().empty()) {
      if (absl::Status status = MakeSocketFolder(listener); !status.ok()) return status;
      return guard_->PlaintextFor(ClientId(listener.client()));
    }
    if (!listener.has_tls()) return guard_->Plaintext();
    const config::Tls& tls = listener.tls();
    const interceptor::TlsFiles files{tls.certificate_file(), tls.private_key_file(), tls.client_ca_file(),
                                      tls.client_certificate() == config::CLIENT_CERTIFICATE_REQUIRED};
    return guard_->TlsFromFiles(
        files, [clients](const interceptor::PeerCertificate& certificate) { return clients->Find(certificate); });
  }

  const ServerOptions options_;
  Metrics metrics_;
  const SystemBootClock boot_clock_;
  ForgetClock forget_clock_{options_.clock, boot_clock_};  // before the store, whose completions read it
  GuardLog guard_log_;
  const RpcLog rpc_log_;
  const std::shared_ptr<interceptor::TrustBoard> board_ = std::make_shared<interceptor::TrustBoard>();
  LifecycleSettings settings_;
  std::shared_ptr<const CallerPolicies> policies_;
  std::unique_ptr<SessionStore> store_;
  std::shared_ptr<KeyKeeper> keeper_;
  std::unique_ptr<FeedPublisher> publisher_;
  std::unique_ptr<interceptor::Guard> guard_;
  std::unique_ptr<Dependencies> dependencies_;
  std::unique_ptr<CallRates> rates_;
  std::unique_ptr<TokenService> token_service_;
  std::unique_ptr<KeyAdminService> key_admin_;
  std::unique_ptr<StoreAdminService> store_admin_;
  std::unique_ptr<StoreBackups> backups_;  // before its service: a backup that runs answers a call
  std::unique_ptr<TrustFeedService> trust_feed_;
  std::unique_ptr<ExpiredRowCleaner> cleaner_;
  std::unique_ptr<KeyRotator> rotator_;
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
