#include "grpc_paseto/service/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <regex>
#include <string>
#include <tuple>
#include <utility>

#include "grpc_paseto/service/cli/audit_commands.h"
#include "grpc_paseto/service/cli/client_commands.h"
#include "grpc_paseto/service/cli/health_command.h"
#include "grpc_paseto/service/cli/inspect_command.h"
#include "grpc_paseto/service/cli/key_admin_commands.h"
#include "grpc_paseto/service/cli/key_commands.h"
#include "grpc_paseto/service/cli/revocation_commands.h"
#include "grpc_paseto/service/cli/session_commands.h"
#include "grpc_paseto/service/cli/store_commands.h"
#include "grpc_paseto/service/cli/stored_key_commands.h"
#include "grpc_paseto/service/cli/token_commands.h"

namespace paseto::service {
namespace {

// What is being built: CLI11 fills the options that each command's `run` has captured.
struct Builder {
  CLI::App app{"Keys, clients and tokens of tokend.", "tokenctl"};
  bool as_json = false;
  std::function<Outcome()> run{};
  const Clock& clock;
  std::istream& in;

  // Adds a command whose options are `Options`; `run` gets them filled.
  template <typename Options>
  std::pair<CLI::App*, std::shared_ptr<Options>> Command(CLI::App& parent, const char* name, const char* help,
                                                         std::function<Outcome(const Options&)> command) {
    CLI::App* sub = parent.add_subcommand(name, help);
    auto options = std::make_shared<Options>();
    sub->fallthrough();
    sub->callback([this, options, command] { run = [options, command] { return command(*options); }; });
    return {sub, options};
  }
};

constexpr char kConfigHelp[] = "tokend's configuration; that tokend is stopped";

void AddServerOptions(CLI::App& app, CallOptions& server) {
  app.add_option("--server", server.address, "Address of tokend: host:port, [IPv6]:port or unix:PATH")
      ->envname("TOKENCTL_SERVER")
      ->capture_default_str();
  app.add_option("--ca", server.ca_file, "PEM file with the authority of tokend's certificate; default: the system's");
  app.add_option("--server-name", server.server_name, "Name in tokend's certificate, when it is not the address");
  app.add_flag("--plaintext", server.plaintext, "No TLS; for loopback and Unix sockets only");
  app.add_option("--cert", server.certificate_file, "PEM file with the client's certificate, in place of a token")
      ->envname("TOKENCTL_CERT");
  app.add_option("--cert-key", server.key_file, "PEM file with the private key of --cert")
      ->envname("TOKENCTL_CERT_KEY");
  app.add_option("--token-file", server.token_file, "File with the client token")->envname("TOKENCTL_TOKEN_FILE");
  app.add_option("--timeout", server.timeout, "Longest time for the call")->capture_default_str();
}

void AddTokenInput(CLI::App& app, TokenInput& token) {
  app.add_option("token", token.argument, "The token; - reads standard input (arguments stand in the process list)");
  app.add_option("--from", token.file, "File that holds the token");
}

void AddList(CLI::App& app, const char* name, std::vector<std::string>& values, const char* help) {
  app.add_option(name, values, help)->allow_extra_args(false);  // one value each time, so that arguments may follow
}

// Public keys from a key file, or keys with their secrets from a store.
struct ExportOptions {
  ExportKeysOptions published;
  ExportSecretsOptions stored;
};

void AddKeyExport(Builder& builder, CLI::App& key) {
  auto [exported, options] = builder.Command<ExportOptions>(
      key, "export", "Print the public keys of a key file, or write the keys of a store with their secrets",
      [&clock = builder.clock](const ExportOptions& filled) {
        return filled.stored.config_file.empty() ? ExportKeys(filled.published, clock) : ExportSecrets(filled.stored);
      });
  CLI::Option* file = exported->add_option("--file", options->published.file, "The key file");
  exported->add_option("--issuer", options->published.issuer, "Sign a list as this issuer; default: a key file")
      ->needs(file);
  exported->add_option("--lifetime", options->published.lifetime, "Of the signed list, from 1m to 400d")
      ->capture_default_str();
  CLI::Option* config = exported->add_option("--config", options->stored.config_file, kConfigHelp)->excludes(file);
  config->needs(
      exported->add_option("--out", options->stored.out, "A new key file; it holds secrets, mode 0600")->needs(config));
  exported->add_option("--use", options->stored.use, "Only keys of this use")
      ->needs(config)
      ->check(CLI::IsMember({"access", "refresh", "client", "foreign"}));
}

void AddServerKeyCommands(Builder& builder, CLI::App& key) {
  auto [prepare, prepared] = builder.Command<PrepareKeyOptions>(key, "prepare", "Make and announce a key", PrepareKey);
  prepare->add_option("--use", prepared->use, "What it signs")
      ->required()
      ->check(CLI::IsMember({"access", "refresh", "client"}));
  prepare->add_option("--kind", prepared->kind, "Default: v4.local for refresh, v4.public for the others")
      ->check(CLI::IsMember({"v4.public", "v4.local", "v3.public", "v3.local"}));
  AddServerOptions(*prepare, prepared->server);
  const std::tuple<const char*, const char*, Outcome (*)(const ChangeKeyOptions&)> changes[] = {
      {"activate", "Let an announced or retired key sign, at once", ActivateKey},
      {"retire", "Let a key sign no more; what it signed stays good", RetireKey},
      {"revoke", "Let a key verify nothing any more, for ever", RevokeKey},
  };
  for (const auto& [name, help, command] : changes) {
    auto [change, options] = builder.Command<ChangeKeyOptions>(key, name, help, command);
    change->add_option("key_id", options->key_id, "Its PASERK id, as tokenctl key list shows it")->required();
    AddServerOptions(*change, options->server);
  }
}

void AddStoredKeyCommands(Builder& builder, CLI::App& key) {
  auto [make, made] = builder.Command<NewKekOptions>(key, "new-kek", "Make a key-encryption key for keys.kek", NewKek);
  make->add_option("--out", made->out, "A new file, mode 0600")->required();
  make->add_option("--password-file", made->password_file, "Wrap it under the password in this file");
  auto [taking, taken] = builder.Command<ImportKeysOptions>(
      key, "import", "Take keys of a key file into the store",
      [&clock = builder.clock](const ImportKeysOptions& filled) { return ImportKeys(filled, clock); });
  taking->add_option("--config", taken->config_file, kConfigHelp)->required();
  taking->add_option("--from", taken->from, "The key file")->required();
  auto [rewrap, options] = builder.Command<RewrapOptions>(
      key, "rewrap", "Wrap the keys of the store under another key-encryption key",
      [&clock = builder.clock](const RewrapOptions& filled) { return RewrapKeys(filled, clock); });
  rewrap->add_option("--config", options->config_file, kConfigHelp)->required();
  rewrap->add_option("--new-config", options->new_config_file, "The same with the new keys.kek")->required();
}

void AddKeyCommands(Builder& builder) {
  CLI::App* key = builder.app.add_subcommand("key", "The keys of tokend, and key files");
  key->require_subcommand(1)->fallthrough();
  auto [generate, new_key] = builder.Command<GenerateKeyOptions>(*key, "generate", "Add a new key", GenerateKey);
  generate->add_option("--file", new_key->file, "The key file; made with mode 0600 when it is missing")->required();
  generate->add_option("--use", new_key->use, "What it signs")
      ->required()
      ->check(CLI::IsMember({"access", "refresh", "client"}));
  generate->add_option("--kind", new_key->kind, "Default: v4.local for refresh, v4.public for the others")
      ->check(CLI::IsMember({"v4.public", "v4.local"}));
  generate->add_option("--state", new_key->state, "One key of each kind and use can be active")
      ->check(CLI::IsMember({"announced", "active", "retired"}))
      ->capture_default_str();
  auto [list, listed] =
      builder.Command<ListKeysOptions>(*key, "list", "Show the keys of tokend, or of a key file; never their material",
                                       [](const ListKeysOptions& filled) {
                                         return filled.file.empty() ? ListServerKeys(filled.server) : ListKeys(filled);
                                       });
  list->add_option("--file", listed->file, "A key file; default: ask tokend");
  AddServerOptions(*list, listed->server);
  AddKeyExport(builder, *key);
  AddServerKeyCommands(builder, *key);
  AddStoredKeyCommands(builder, *key);
}

void AddClientCommands(Builder& builder) {
  CLI::App* client = builder.app.add_subcommand("client", "Callers of tokend, offline");
  client->require_subcommand(1)->fallthrough();
  auto [add, options] = builder.Command<AddClientOptions>(
      *client, "add", "Make the token by which a client proves who it is",
      [&clock = builder.clock](const AddClientOptions& filled) { return AddClient(filled, clock); });
  add->add_option("--keys", options->keys_file, "tokend's key file, with an active client key")->required();
  add->add_option("--issuer", options->issuer, "The issuer of tokend's configuration")->required();
  add->add_option("--id", options->id, "The client's id in tokend's configuration")->required();
  add->add_option("--lifetime", options->lifetime, "From 1m to 400d")->capture_default_str();
  add->add_option("--out", options->out, "A new file for the token, mode 0600; default: standard output");
}

void AddIssue(Builder& builder) {
  auto [issue, options] = builder.Command<IssueOptions>(builder.app, "issue", "Ask tokend for a token", Issue);
  issue->add_option("--subject", options->subject, "Whom the token speaks for")->required();
  issue->add_option("--type", options->type, "access (default) or a custom type");
  AddList(*issue, "--audience", options->audiences, "May be given several times; default: the client's first");
  AddList(*issue, "--scope", options->scopes, "May be given several times");
  issue->add_option("--lifetime", options->lifetime, "Such as 10m");
  issue->add_flag("--fresh", options->fresh, "The subject has just signed in");
  issue->add_option("--claims", options->claims_json, "A JSON object with more claims");
  issue->add_option("--footer", options->footer_json, "A JSON object for the footer");
  issue->add_option("--footer-text", options->footer_text, "A text as the footer");
  issue->add_option("--assertion", options->assertion, "Implicit assertion: verifiers must give the same");
  issue->add_option("--kind", options->kind, "v4.public (default) or v4.local");
  issue->add_flag("--base64", options->base64_wrapped, "Wrap the token once more in base64");
  issue->add_flag("--with-refresh-token", options->with_refresh_token, "Begin a session");
  issue->add_option("--session-lifetime", options->session_lifetime, "Such as 30d");
  issue->add_option("--request-id", options->request_id, "Makes the command repeatable after a lost answer");
  issue->add_flag("--single-use", options->single_use, "The token can be spent once, by tokenctl consume");
  issue->add_option("--session", options->session_id, "With --fresh: a fresh token within this session");
  AddServerOptions(*issue, options->server);
}

void AddRefresh(Builder& builder) {
  auto [refresh, options] =
      builder.Command<RefreshOptions>(builder.app, "refresh", "Trade a refresh token for the next pair",
                                      [&in = builder.in](const RefreshOptions& filled) { return Refresh(filled, in); });
  AddTokenInput(*refresh, options->refresh_token);
  AddList(*refresh, "--scope", options->scopes, "Narrow this access token; may be given several times");
  AddServerOptions(*refresh, options->server);
}

void AddRevoke(Builder& builder) {
  auto [revoke, options] =
      builder.Command<RevokeOptions>(builder.app, "revoke", "End a token, a session, or all that someone holds",
                                     [&in = builder.in](const RevokeOptions& filled) { return Revoke(filled, in); });
  AddTokenInput(*revoke, options->token);
  revoke->add_option("--session", options->session_id, "A session id");
  revoke->add_option("--subject", options->subject, "Everything that this subject holds now");
  revoke->add_option("--client", options->client_id, "Everything issued through this client, its client tokens too");
  revoke->add_option("--key", options->key_id, "A key of tokend, by its id (tokenctl key list), for ever");
  revoke->add_flag("--everything", options->everything, "Every token and session of the issuer, client tokens too");
  revoke->add_flag("--whole-session", options->whole_session, "With a token: its session too");
  revoke->add_option("--assertion", options->assertion, "With a token: the assertion that it was issued with");
  AddServerOptions(*revoke, options->server);
}

void AddIntrospect(Builder& builder) {
  auto [introspect, options] = builder.Command<IntrospectOptions>(
      builder.app, "introspect", "Ask tokend whether a token is good now",
      [&in = builder.in](const IntrospectOptions& filled) { return Introspect(filled, in); });
  AddTokenInput(*introspect, options->token);
  introspect->add_option("--assertion", options->assertion, "The assertion that it was issued with");
  AddServerOptions(*introspect, options->server);
}

void AddSubjectCommands(Builder& builder) {
  CLI::App* subject = builder.app.add_subcommand("subject", "Block subjects, and let them in again");
  subject->require_subcommand(1)->fallthrough();
  auto [disable, disabled] = builder.Command<SubjectOptions>(
      *subject, "disable", "Revoke what it holds and give it no tokens any more", DisableSubject);
  disable->add_option("subject", disabled->subject, "The subject")->required();
  AddServerOptions(*disable, disabled->server);
  auto [enable, enabled] = builder.Command<SubjectOptions>(*subject, "enable", "Let it sign in again", EnableSubject);
  enable->add_option("subject", enabled->subject, "The subject")->required();
  AddServerOptions(*enable, enabled->server);
}

void AddConsume(Builder& builder) {
  auto [consume, options] =
      builder.Command<ConsumeOptions>(builder.app, "consume", "Spend a token that was issued for single use",
                                      [&in = builder.in](const ConsumeOptions& filled) { return Consume(filled, in); });
  AddTokenInput(*consume, options->token);
  consume->add_option("--type", options->type, "The type that it must have")->required();
  consume->add_option("--assertion", options->assertion, "The assertion that it was issued with");
  consume->add_option("--request-id", options->request_id, "Makes the command repeatable after a lost answer");
  AddServerOptions(*consume, options->server);
}

void AddExchange(Builder& builder) {
  auto [exchange, options] = builder.Command<ExchangeOptions>(
      builder.app, "exchange", "Trade an access token for a narrower one for another audience",
      [&in = builder.in](const ExchangeOptions& filled) { return Exchange(filled, in); });
  AddTokenInput(*exchange, options->token);
  AddList(*exchange, "--audience", options->audiences, "May be given several times; default: the client's first");
  AddList(*exchange, "--scope", options->scopes, "May be given several times; default: the token's");
  AddServerOptions(*exchange, options->server);
}

void AddSessions(Builder& builder) {
  auto [sessions, options] =
      builder.Command<SessionsOptions>(builder.app, "sessions", "List the living sessions of a subject", ListSessions);
  sessions->add_option("subject", options->subject, "Whose sessions")->required();
  sessions->add_option("--limit", options->limit, "How many at most")->capture_default_str();
  AddServerOptions(*sessions, options->server);
}

void AddHealth(Builder& builder) {
  auto [health, server] =
      builder.Command<CallOptions>(builder.app, "health", "Ask whether tokend serves; needs no token", CheckHealth);
  AddServerOptions(*health, *server);
}

void AddInspect(Builder& builder) {
  auto [inspect, options] = builder.Command<InspectOptions>(
      builder.app, "inspect", "Show what a token contains, offline",
      [&clock = builder.clock, &in = builder.in](const InspectOptions& filled) { return Inspect(filled, clock, in); });
  AddTokenInput(*inspect, options->token);
  inspect->add_option("--keys", options->keys_file, "Verify it with this key file");
  inspect->add_option("--assertion", options->assertion, "With --keys: the assertion that it was issued with");
  inspect->add_flag("--base64", options->base64_wrapped, "The token is wrapped once more in base64");
}

constexpr char kFolderHelp[] = "store.sqlite.folder of tokend's configuration; that tokend is stopped";

void AddStoreCommands(Builder& builder) {
  auto [backup, kept] = builder.Command<BackUpOptions>(builder.app, "backup", "Write the store to one file", BackUp);
  backup->add_option("--folder", kept->folder, kFolderHelp);
  backup->add_option("--out", kept->out, "With --folder: a new file; it holds secrets, mode 0600");
  backup->add_option("--name", kept->name, "Of a tokend that runs: a new file in its store.sqlite.backup_folder");
  AddServerOptions(*backup, kept->server);
  auto [restore, back] =
      builder.Command<RestoreOptions>(builder.app, "restore", "Put a backup in the place of the store", Restore);
  restore->add_option("--folder", back->folder, kFolderHelp)->required();
  restore->add_option("--from", back->from, "A file of tokenctl backup")->required();
  auto [doctor, checked] =
      builder.Command<DoctorOptions>(builder.app, "doctor", "Check the store, and whether it is the newest", Doctor);
  doctor->add_option("--folder", checked->folder, kFolderHelp)->required();
  doctor->add_option("--progress-file", checked->progress_file, "store.sqlite.progress_file, where that is set");
}

void AddAuditCommands(Builder& builder) {
  CLI::App* audit = builder.app.add_subcommand("audit", "Audit files of tokend");
  audit->require_subcommand(1)->fallthrough();
  auto [verify, options] = builder.Command<VerifyAuditOptions>(
      *audit, "verify", "Find what was edited, removed, moved or cut off", VerifyAudit);
  AddList(*verify, "--file", options->files, "An audit file; older ones first when several are given");
  verify->add_option("--folder", options->folder, kFolderHelp)->required();
  verify->add_option("--key-file", options->key_file, "audit.key_file of tokend's configuration")->required();
  verify->add_flag("--older-files-gone", options->older_files_gone, "The first event is not in the files any more");
}

// What CLI11 says quotes arguments, and one of them may be a token that stands in the wrong place.
std::string WithoutTokens(const std::string& message) {
  static const std::regex kSecretLike(R"([vk][0-9]\.(local|public|secret)\.\S*|[A-Za-z0-9+/_.=-]{40,})");
  return std::regex_replace(message, kSecretLike, "[not shown]");
}

Outcome HelpReport(const std::string& text) {
  Report report;
  report.Add("help", text);
  report.ShowOnly(text.substr(0, text.find_last_not_of('\n') + 1));
  return report;
}

}  // namespace

ParsedCommand ParseCommandLine(int argc, const char* const* argv, const Clock& clock, std::istream& standard_input) {
  Builder builder{.clock = clock, .in = standard_input};
  builder.app.add_flag("--json", builder.as_json, "One JSON object on standard output");
  builder.app.require_subcommand(1);
  AddKeyCommands(builder);
  AddClientCommands(builder);
  AddIssue(builder);
  AddRefresh(builder);
  AddRevoke(builder);
  AddIntrospect(builder);
  AddConsume(builder);
  AddExchange(builder);
  AddSessions(builder);
  AddSubjectCommands(builder);
  AddHealth(builder);
  AddInspect(builder);
  AddStoreCommands(builder);
  AddAuditCommands(builder);
  try {
    builder.app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const Outcome help = HelpReport(builder.app.help());
    return {false, [help] { return help; }};
  } catch (const CLI::ParseError& error) {
    const Outcome failure = UsageFailure(
        WithoutTokens(error.what()), "tokenctl --help lists the commands; tokenctl COMMAND --help says what one takes");
    const bool as_json = std::any_of(argv, argv + argc, [](const char* word) { return word == std::string("--json"); });
    return {as_json, [failure] { return failure; }};
  }
  return {builder.as_json, std::move(builder.run)};
}

}  // namespace paseto::service
