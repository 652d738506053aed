#include "grpc_paseto/service/cli/stored_key_commands.h"

#include <filesystem>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/interceptor/trust/watched_file.h"
#include "grpc_paseto/service/cli/secret_file.h"
#include "grpc_paseto/service/config/load_config.h"
#include "grpc_paseto/service/keys/kek_source.h"
#include "grpc_paseto/service/keys/key_rotation.h"
#include "grpc_paseto/service/store/sqlite_store.h"

namespace paseto::service {
namespace {

constexpr char kStopTokend[] = "the store must not be in use: stop tokend first";
constexpr size_t kLongestPasswordBytes = 4096;
constexpr size_t kLargestConfigBytes = size_t{4} * 1024 * 1024;

// No port is opened here, and most of the files that a configuration names may be there for the service alone.
absl::StatusOr<config::TokendConfig> ReadConfig(const std::string& path) {
  const absl::StatusOr<SecretBytes> yaml = interceptor::WatchedFile(path, kLargestConfigBytes).Read();
  if (!yaml.ok()) return yaml.status();
  return ParseConfig(yaml->ReadText(InsecureSecretAccess::Get()), path, {.allow_plaintext = true});
}

template <typename T, typename Start>
absl::StatusOr<T> Await(Start start) {
  std::promise<absl::StatusOr<T>> promise;
  start(Done<T>([&promise](absl::StatusOr<T> result) { promise.set_value(std::move(result)); }));
  return promise.get_future().get();
}

// The store that a configuration names, and what its keys are wrapped under.
struct StoredKeys {
  std::unique_ptr<SessionStore> store;
  KeyTable table;
  Kek kek;

  absl::StatusOr<KeyTable> Change(const KeyChange& change, const Clock& clock) const {
    return Await<KeyTable>([&](auto done) { store->keys().ChangeKeys(change, clock.Now(), std::move(done)); });
  }
  absl::StatusOr<std::vector<Key>> Open() const {
    std::vector<Key> keys;
    for (const KeyRow& row : table.rows) {
      absl::StatusOr<Key> key = kek.Open(row);
      if (!key.ok()) return key.status();
      keys.push_back(*std::move(key));
    }
    return keys;
  }
};

absl::StatusOr<StoredKeys> OpenStored(const std::string& config_file) {
  const absl::StatusOr<config::TokendConfig> config = ReadConfig(config_file);
  if (!config.ok()) return config.status();
  const config::SqliteStore& sqlite = config->store().sqlite();
  std::error_code error;
  if (!std::filesystem::exists(sqlite.folder() + "/store.db", error)) {
    return absl::NotFoundError(absl::StrCat(sqlite.folder(), ": there is no store; start tokend once"));
  }
  absl::StatusOr<std::unique_ptr<SessionStore>> store =
      OpenSqliteStore({.folder = sqlite.folder(), .progress_file = sqlite.progress_file()});
  if (!store.ok()) return store.status();
  absl::StatusOr<KeyTable> table = Await<KeyTable>([&](auto done) { (*store)->keys().ReadKeys(std::move(done)); });
  if (!table.ok()) return table.status();
  absl::StatusOr<Kek> kek = LoadOrMakeKek(config->keys(), sqlite.folder(), table->rows.empty());
  if (!kek.ok()) return kek.status();
  return StoredKeys{*std::move(store), *std::move(table), *std::move(kek)};
}

}  // namespace

Outcome NewKek(const NewKekOptions& options) {
  const V4LocalKey key = V4LocalKey::Generate();
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  absl::Status written;
  if (options.password_file.empty()) {
    const SecretBytes text = PaserkEncode(key, access);
    written = WriteNewSecretFile(options.out, text.ReadText(access));
  } else {
    const absl::StatusOr<SecretBytes> password =
        interceptor::WatchedFile(options.password_file, kLongestPasswordBytes).Read();
    if (!password.ok()) return UsageFailure(password.status());
    const absl::StatusOr<std::string> text =
        PaserkPasswordWrap(key, absl::StripAsciiWhitespace(password->ReadText(access)));
    if (!text.ok()) return UsageFailure(text.status());
    written = WriteNewSecretFile(options.out, *text);
  }
  if (!written.ok()) return UsageFailure(written);
  Report report;
  report.Add("kek", PaserkId(key).text());
  report.Add("file", options.out);
  report.Note("Keep a copy elsewhere than the backups of the store: without it nobody opens the keys in them.");
  return report;
}

Outcome ImportKeys(const ImportKeysOptions& options, const Clock& clock) {
  const absl::StatusOr<std::vector<Key>> file = ReadKeyFile(options.from);
  if (!file.ok()) return UsageFailure(file.status());
  for (const Key& key : *file) {
    if (absl::Status storable = CheckStorable(key); !storable.ok()) return UsageFailure(storable);
  }
  const absl::StatusOr<StoredKeys> stored = OpenStored(options.config_file);
  if (!stored.ok()) return UsageFailure(stored.status(), kStopTokend);
  std::vector<KeyRow> rows;
  for (const Key& key : *file) rows.push_back(stored->kek.Wrap(key, clock.Now()));
  const RotationPlan plan = PlanImport(stored->table, rows, clock.Now());
  if (!plan.empty()) {
    const absl::StatusOr<KeyTable> after = stored->Change(plan.change, clock);
    if (!after.ok()) return UsageFailure(after.status());
  }
  std::vector<std::vector<std::string>> taken;
  for (const KeyRow& row : plan.change.put) {
    taken.push_back({row.id, std::string(KeyUseName(row.use)), std::string(TokenKindName(row.kind)),
                     std::string(KeyStateName(row.state))});
  }
  Report report;
  report.AddTable("keys", {"key_id", "use", "kind", "state"}, std::move(taken));
  return report;
}

Outcome ExportSecrets(const ExportSecretsOptions& options) {
  const absl::StatusOr<StoredKeys> stored = OpenStored(options.config_file);
  if (!stored.ok()) return UsageFailure(stored.status(), kStopTokend);
  absl::StatusOr<std::vector<Key>> keys = stored->Open();
  if (!keys.ok()) return UsageFailure(keys.status());
  if (!options.use.empty()) {
    const absl::StatusOr<KeyUse> use = ParseKeyUse(options.use);
    if (!use.ok()) return UsageFailure(use.status());
    std::erase_if(*keys, [&](const Key& key) { return key.attributes().use != *use; });
  }
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const SecretBytes text = EncodeKeyFile(*keys, access);
  if (absl::Status written = WriteNewSecretFile(options.out, text.ReadText(access)); !written.ok()) {
    return UsageFailure(written);
  }
  Report report;
  report.Add("file", options.out);
  report.Add("keys", static_cast<int64_t>(keys->size()));
  return report;
}

Outcome RewrapKeys(const RewrapOptions& options, const Clock& clock) {
  const absl::StatusOr<config::TokendConfig> next = ReadConfig(options.new_config_file);
  if (!next.ok()) return UsageFailure(next.status());
  if (!next->keys().has_kek()) return UsageFailure(absl::StrCat(options.new_config_file, ": names no keys.kek"));
  const absl::StatusOr<Kek> kek = LoadKek(next->keys().kek());
  if (!kek.ok()) return UsageFailure(kek.status());
  const absl::StatusOr<StoredKeys> stored = OpenStored(options.config_file);
  if (!stored.ok()) return UsageFailure(stored.status(), kStopTokend);
  const absl::StatusOr<std::vector<Key>> keys = stored->Open();
  if (!keys.ok()) return UsageFailure(keys.status());
  KeyChange change{.expected_version = stored->table.version};
  for (size_t i = 0; i < keys->size(); ++i) {
    change.put.push_back(kek->Wrap((*keys)[i], stored->table.rows[i].state_since));
  }
  const absl::StatusOr<KeyTable> after = stored->Change(change, clock);
  if (!after.ok()) return UsageFailure(after.status());
  Report report;
  report.Add("kek", kek->id());
  report.Add("keys", static_cast<int64_t>(keys->size()));
  report.Note("Start tokend with " + options.new_config_file +
              ". Backups made before need the old key-encryption key.");
  return report;
}

}  // namespace paseto::service
