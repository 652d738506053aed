#include "grpc_paseto/service/server/run.h"

#include <signal.h>

#include <iostream>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/service/config/load_config.h"
#include "grpc_paseto/service/keys/kek_source.h"
#include "grpc_paseto/service/server/dev_folder.h"
#include "grpc_paseto/service/server/grpc_log.h"
#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/service/server/server.h"
#include "grpc_paseto/service/server/service_manager.h"
#include "grpc_paseto/service/server/whole_file.h"

namespace paseto::service {
namespace {

// How long running calls may finish after the signal.
constexpr absl::Duration kDrainPatience = absl::Seconds(10);

// Signals are taken by waiting for them, so every thread has them blocked.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
  }
  // From then on the next one ends the process.
  void Wait() {
    int signal = 0;
    sigwait(&signals_, &signal);
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
  }

 private:
  sigset_t signals_;
};

int Fail(const absl::Status& status) {
  std::cerr << "tokend: " << absl::StrReplaceAll(status.message(), {{"\n", "\ntokend: "}}) << std::endl;
  return kFailed;
}

absl::optional<std::string> UsageProblem(const RunOptions& options) {
  if (options.dev && !options.config_file.empty()) return "--dev makes its own configuration; leave out --config";
  if (options.dev && options.check_only) return "--check-config needs --config, not --dev";
  if (options.dev && options.allow_plaintext) return "--dev listens on loopback only; leave out --allow-plaintext";
  if (!options.dev && options.config_file.empty()) return "give it --config FILE, or --dev for a first try";
  if (!options.dev && !options.dev_listen.empty()) return "--listen needs --dev; a configuration has listen:";
  return absl::nullopt;
}

absl::StatusOr<LogSeverity> SeverityOf(const RunOptions& options, const config::TokendConfig& config) {
  if (options.log_level == "debug") return LogSeverity::kDebug;
  if (options.log_level == "info") return LogSeverity::kInfo;
  if (options.log_level == "warn") return LogSeverity::kWarn;
  if (options.log_level == "error") return LogSeverity::kError;
  if (!options.log_level.empty()) return absl::InvalidArgumentError("--log-level: must be debug, info, warn or error");
  switch (config.log().level()) {
    case config::LOG_LEVEL_DEBUG:
      return LogSeverity::kDebug;
    case config::LOG_LEVEL_WARN:
      return LogSeverity::kWarn;
    case config::LOG_LEVEL_ERROR:
      return LogSeverity::kError;
    default:
      return LogSeverity::kInfo;
  }
}

std::string PortsText(const Server& server) {
  std::string text;
  for (const std::string& address : server.addresses()) {
    if (!absl::StartsWith(address, "unix:")) absl::StrAppend(&text, address.substr(address.rfind(':') + 1), "\n");
  }
  return text;
}

void TellHowToCall(const DevFolder& dev, const Server& server) {
  std::cout << "\n  *** tokend --dev is for a first try. Its keys lie unencrypted beside " << dev.token_file
            << ",\n  *** and the client \"" << kDevClient << "\" may do everything. Never use it for "
            << "production. ***\n\nCall it with\n\n  export TOKENCTL_SERVER=" << server.addresses().front()
            << " TOKENCTL_TOKEN_FILE=" << dev.token_file
            << "\n  tokenctl issue --plaintext --subject alice --with-refresh-token"
            << "\n  tokenctl introspect --plaintext --help"
            << "\n\nThe issuer is " << dev.config.issuer() << ". Ctrl-C stops it.\n"
            << std::endl;
}

// A service manager that cannot be told ends tokend after a while, which the log then explains.
void Tell(absl::string_view state, const JsonLog& log) {
  if (const absl::Status status = NotifyServiceManager(state); !status.ok()) {
    log.Message(LogSeverity::kWarn, status.message());
  }
}

int Serve(const RunOptions& options, const config::TokendConfig& config, const absl::optional<DevFolder>& dev,
          StopSignals& stop) {
  const absl::StatusOr<LogSeverity> severity = SeverityOf(options, config);
  if (!severity.ok()) return Fail(severity.status());
  const JsonLog log(std::cerr, *severity);
  const GrpcLog grpc_log(log);
  const SystemClock clock;
  SystemRandom random;
  ServerOptions server_options{clock, random, log};
  if (options.accept_rollback) server_options.on_rollback = OnRollback::kAccept;
  if (dev.has_value()) server_options.reflection = ReflectionAccess::kEveryone;
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(config, server_options);
  if (!server.ok()) return Fail(server.status());
  for (const std::string& address : (*server)->addresses()) {
    log.Message(LogSeverity::kInfo, "listening", {{"address", absl::string_view(address)}});
  }
  if (dev.has_value()) TellHowToCall(*dev, **server);
  if (!options.port_file.empty()) {
    if (absl::Status status = WriteWholeFile(options.port_file, PortsText(**server)); !status.ok()) return Fail(status);
  }
  Tell(kReady, log);
  stop.Wait();
  Tell(kStopping, log);
  log.Message(LogSeverity::kInfo, "draining");
  (*server)->Drain(kDrainPatience);
  server->reset();
  log.Message(LogSeverity::kInfo, "stopped");
  return kStopped;
}

absl::Status CheckKeys(const config::Keys& keys) {
  absl::Status status;
  if (!keys.file().empty()) status = LoadKeys(keys.file()).status();
  if (keys.has_kek()) status.Update(LoadKek(keys.kek()).status());
  return status;
}

}  // namespace

int Run(const RunOptions& options) {
  if (const absl::optional<std::string> problem = UsageProblem(options); problem.has_value()) {
    std::cerr << "tokend: " << *problem << std::endl;
    return kUsageError;
  }
  StopSignals stop;
  if (options.dev) {
    SystemRandom random;
    absl::StatusOr<DevFolder> dev = PrepareDevFolder(options.dev_folder, options.dev_listen, absl::Now(), random);
    if (!dev.ok()) return Fail(dev.status());
    const config::TokendConfig config = dev->config;
    return Serve(options, config, *std::move(dev), stop);
  }
  const absl::StatusOr<config::TokendConfig> config = LoadConfig(options.config_file, {options.allow_plaintext});
  if (!config.ok()) return Fail(config.status());
  if (!options.check_only) return Serve(options, *config, absl::nullopt, stop);
  if (absl::Status keys = CheckKeys(config->keys()); !keys.ok()) return Fail(keys);
  std::cout << options.config_file << ": good" << std::endl;
  return kStopped;
}

}  // namespace paseto::service
