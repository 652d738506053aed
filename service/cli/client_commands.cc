#include "grpc_paseto/service/cli/client_commands.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/interceptor/yaml/duration_text.h"
#include "grpc_paseto/service/cli/secret_file.h"
#include "grpc_paseto/service/config/client_id.h"
#include "grpc_paseto/service/lifecycle/client_token.h"

namespace paseto::service {
namespace {

constexpr absl::Duration kShortestLifetime = absl::Minutes(1);

absl::StatusOr<absl::Duration> ParseLifetime(const std::string& text) {
  const absl::optional<absl::Duration> lifetime = interceptor::ParseDurationText(text);
  if (!lifetime.has_value() || *lifetime < kShortestLifetime || *lifetime > kLongestClientToken) {
    return absl::InvalidArgumentError("--lifetime must be a duration from 1m to 400d, such as 90d");
  }
  return *lifetime;
}

absl::StatusOr<MadeToken> Mint(const AddClientOptions& options, absl::Time now) {
  if (!IsClientId(options.id)) {
    return absl::InvalidArgumentError(absl::StrCat("--id: ", kClientIdRule));
  }
  if (options.issuer.empty()) return absl::InvalidArgumentError("--issuer: give the issuer of tokend's configuration");
  const absl::StatusOr<absl::Duration> lifetime = ParseLifetime(options.lifetime);
  if (!lifetime.ok()) return lifetime.status();
  absl::StatusOr<std::vector<Key>> keys = ReadKeyFile(options.keys_file);
  if (!keys.ok()) return keys.status();
  const auto set = KeySet::Create(*std::move(keys));
  if (!set.ok()) return set.status();
  if ((*set)->ActiveSigner(kV4Public, KeyUse::kClient) == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        options.keys_file, ": has no active key of the use client; make one with tokenctl key generate --file ",
        options.keys_file, " --use client"));
  }
  SystemRandom random;
  return MakeClientToken(**set, options.issuer, ClientId(options.id), *lifetime, now, random);
}

}  // namespace

Outcome AddClient(const AddClientOptions& options, const Clock& clock) {
  const absl::StatusOr<MadeToken> token = Mint(options, clock.Now());
  if (!token.ok()) return UsageFailure(token.status());
  Report report;
  report.Add("client_id", options.id);
  report.Add("token_id", token->id.text());
  report.Add("expires_at", token->expires_at);
  if (options.out.empty()) {
    report.Add("token", token->text);
    report.ShowOnly(token->text);
  } else {
    const absl::Status written = WriteNewSecretFile(options.out, absl::StrCat(token->text, "\n"));
    if (!written.ok())
      return UsageFailure(written, "no token was kept; give a file that does not exist yet with --out");
    report.Add("file", options.out);
  }
  report.Note(absl::StrCat("What it may do stands under clients: ", options.id, ": in tokend's configuration."));
  return report;
}

}  // namespace paseto::service
