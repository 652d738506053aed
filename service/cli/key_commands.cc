#include "grpc_paseto/service/cli/key_commands.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/core/token/key_list.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/interceptor/yaml/duration_text.h"
#include "grpc_paseto/service/cli/secret_file.h"

namespace paseto::service {
namespace {

absl::StatusOr<TokenKind> KindFor(KeyUse use, const std::string& name) {
  if (name.empty()) return use == KeyUse::kRefresh ? kV4Local : kV4Public;
  const absl::StatusOr<TokenKind> kind = ParseTokenKind(name);
  if (!kind.ok()) return kind.status();
  if (kind->version != Version::kV4) return absl::InvalidArgumentError("new keys are v4.public or v4.local");
  if (use == KeyUse::kRefresh && *kind != kV4Local) {
    return absl::InvalidArgumentError("refresh tokens are v4.local: only tokend reads them");
  }
  if (use == KeyUse::kClient && *kind != kV4Public) return absl::InvalidArgumentError("client tokens are v4.public");
  return kind;
}

// What --use, --kind and --state ask for.
absl::StatusOr<Key> NewKey(const GenerateKeyOptions& options) {
  const absl::StatusOr<KeyUse> use = ParseKeyUse(options.use);
  if (!use.ok()) return use.status();
  if (*use == KeyUse::kForeign) {
    return absl::InvalidArgumentError("keys of the use foreign belong to other software; add its public key by hand");
  }
  const absl::StatusOr<KeyState> state = ParseKeyState(options.state);
  if (!state.ok()) return state.status();
  const absl::StatusOr<TokenKind> kind = KindFor(*use, options.kind);
  if (!kind.ok()) return kind.status();
  const KeyAttributes attributes{*use, *state, {}};
  return *kind == kV4Local ? Key(V4LocalKey::Generate(), attributes) : Key(V4SecretKey::Generate(), attributes);
}

Report Describe(const Key& key, const std::string& file) {
  Report report;
  report.Add("key_id", key.id().text());
  report.Add("use", KeyUseName(key.attributes().use));
  report.Add("kind", TokenKindName(key.kind()));
  report.Add("state", KeyStateName(key.attributes().state));
  report.Add("file", file);
  if (key.v4_public() != nullptr) report.Add("public_key", PaserkEncode(*key.v4_public()));
  return report;
}

}  // namespace

Outcome GenerateKey(const GenerateKeyOptions& options) {
  absl::StatusOr<Key> key = NewKey(options);
  if (!key.ok()) return UsageFailure(key.status());
  const absl::Status added = UpdateKeyFile(options.file, [&key](std::vector<Key>& keys) {
    keys.push_back(*key);
    return KeySet::Create(keys).status();
  });
  if (!added.ok()) {
    return UsageFailure(added, "nothing was changed; a second key of a kind and use starts with --state announced");
  }
  return Describe(*key, options.file);
}

Outcome ListKeys(const ListKeysOptions& options) {
  const absl::StatusOr<std::vector<Key>> keys = ReadKeyFile(options.file);
  if (!keys.ok()) return UsageFailure(keys.status());
  std::vector<std::vector<std::string>> rows;
  for (const Key& key : *keys) {
    const bool has_secret =
        key.kind().purpose == Purpose::kLocal || key.v4_secret() != nullptr || key.v3_secret() != nullptr;
    rows.push_back({key.id().text(), std::string(KeyUseName(key.attributes().use)),
                    std::string(TokenKindName(key.kind())), std::string(KeyStateName(key.attributes().state)),
                    has_secret ? "yes" : "no"});
  }
  Report report;
  report.AddTable("keys", {"key_id", "use", "kind", "state", "secret"}, std::move(rows));
  return report;
}

Outcome ExportKeys(const ExportKeysOptions& options, const Clock& clock) {
  if (options.file.empty()) return UsageFailure("name the key file with --file, or a store with --config");
  absl::StatusOr<std::vector<Key>> keys = ReadKeyFile(options.file);
  if (!keys.ok()) return UsageFailure(keys.status());
  const absl::StatusOr<std::shared_ptr<const KeySet>> set = KeySet::Create(*std::move(keys));
  if (!set.ok()) return UsageFailure(set.status());
  const std::vector<Key> published = PublishedKeys(**set);
  if (published.empty()) {
    return UsageFailure(absl::StrCat(options.file, ": has no public key that verifies access tokens"),
                        "make one with tokenctl key generate --use access");
  }
  Report report;
  if (options.issuer.empty()) {
    const InsecureSecretAccess access = InsecureSecretAccess::Get();  // public keys only
    const std::string text(EncodeKeyFile(published, access).ReadText(access));
    report.Add("key_file", text);
    report.ShowOnly(text);
    return report;
  }
  const absl::optional<absl::Duration> lifetime = interceptor::ParseDurationText(options.lifetime);
  if (!lifetime.has_value() || *lifetime < absl::Minutes(1) || *lifetime > absl::Hours(24 * 400)) {
    return UsageFailure("--lifetime must be a duration from 1m to 400d, such as 7d");
  }
  const absl::StatusOr<std::string> list = SignKeyList(**set, options.issuer, clock.Now(), *lifetime);
  if (!list.ok()) return UsageFailure(list.status());
  report.Add("key_list", *list);
  report.ShowOnly(*list);
  return report;
}

}  // namespace paseto::service
