#include "grpc_paseto/service/server/dev_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/interceptor/trust/local_address.h"
#include "grpc_paseto/service/config/load_config.h"
#include "grpc_paseto/service/lifecycle/client_token.h"
#include "grpc_paseto/service/server/load_keys.h"
#include "grpc_paseto/service/server/whole_file.h"

namespace paseto::service {
namespace {

constexpr char kIssuer[] = "http://127.0.0.1/dev";
constexpr char kDefaultAddress[] = "127.0.0.1:7443";
constexpr absl::Duration kTokenLifetime = absl::Hours(24 * 365);
constexpr absl::Duration kShortestRemainingLife = absl::Hours(24);

std::string SystemText(int error) { return std::generic_category().message(error); }

absl::Status MakeFolder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": cannot be made: ", SystemText(errno), "; name another folder with --data"));
  }
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": ", SystemText(errno)));
  }
  if (!S_ISDIR(status.st_mode)) return absl::FailedPreconditionError(absl::StrCat(path, ": is not a folder"));
  if (status.st_uid != ::geteuid() || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": others may enter it, and it is to hold keys; chmod 700 it, or name another with --data"));
  }
  return absl::OkStatus();
}

Key NewKey(TokenKind kind, KeyUse use) {
  const KeyAttributes attributes{use, KeyState::kActive, {}};
  return kind == kV4Local ? Key(V4LocalKey::Generate(), attributes) : Key(V4SecretKey::Generate(), attributes);
}

absl::Status MakeKeys(const std::string& path) {
  const std::vector<Key> keys = {NewKey(kV4Public, KeyUse::kAccess), NewKey(kV4Local, KeyUse::kAccess),
                                 NewKey(kV4Local, KeyUse::kRefresh), NewKey(kV4Public, KeyUse::kClient)};
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const SecretBytes text = EncodeKeyFile(keys, access);
  const absl::Span<const uint8_t> bytes = text.Read(access);
  return WriteWholeFile(path, absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string Quoted(const std::string& text) { return absl::StrCat("\"", absl::CHexEscape(text), "\""); }

std::string DevConfig(const std::string& folder) {
  return absl::StrCat("# Made by tokend --dev, for a first try. Change it as you like; it is read at each start.\n",
                      "issuer: ", Quoted(kIssuer), "\n", "listen:\n  - address: ", Quoted(kDefaultAddress), "\n",
                      "store:\n  sqlite:\n    folder: ", Quoted(folder + "/store"), "\n",
                      "keys:\n  file: ", Quoted(folder + "/keys.json"), "\n", "clients:\n  ", kDevClient, ":\n",
                      "    types: [\"*\"]\n"
                      "    audiences: [dev, \"*\"]\n"
                      "    scopes: [\"*\"]\n"
                      "    subjects: [\"*\"]\n"
                      "    kinds: [v4.public, v4.local]\n"
                      "    exchange_audiences: [\"*\"]\n"
                      "    introspect: any\n"
                      "    list_sessions: any\n"
                      "    revoke_subjects: true\n"
                      "    revoke_all: true\n"
                      "    manage_keys: true\n"
                      "    watch: true\n");
}

bool IsGoodToken(const KeySet& keys, const std::string& issuer, const std::string& path, absl::Time now) {
  std::ifstream file(path);
  std::string text;
  std::getline(file, text);
  const TokenKind accept[] = {kV4Public};
  const KeyUse uses[] = {KeyUse::kClient};
  VerifyOptions options;
  options.accept = accept;
  options.uses = uses;
  const absl::StatusOr<std::shared_ptr<const VerifiedToken>> token = VerifyToken(keys, text, options);
  if (!token.ok()) return false;
  const Claims& claims = (*token)->claims();
  return claims.issuer == issuer && claims.expires_at.has_value() && *claims.expires_at > now + kShortestRemainingLife;
}

absl::Status MakeToken(const config::TokendConfig& config, const std::string& path, absl::Time now,
                       RandomSource& random) {
  const absl::StatusOr<std::shared_ptr<const KeySet>> keys = LoadKeys(config.keys().file());
  if (!keys.ok()) return keys.status();
  if (IsGoodToken(**keys, config.issuer(), path, now)) return absl::OkStatus();
  const absl::StatusOr<MadeToken> token =
      MakeClientToken(**keys, config.issuer(), ClientId(std::string(kDevClient)), kTokenLifetime, now, random);
  if (!token.ok()) return token.status();
  return WriteWholeFile(path, token->text + "\n");
}

absl::Status ReplaceAddresses(const std::string& listen, config::TokendConfig& config) {
  if (!listen.empty()) {
    config.clear_listen();
    config.add_listen()->set_address(listen);
  }
  for (const config::Listener& listener : config.listen()) {
    if (interceptor::IsLocalAddress(listener.address())) continue;
    return absl::InvalidArgumentError(absl::StrCat(listener.address(),
                                                   ": tokend --dev listens on loopback and Unix sockets only; write a ",
                                                   "configuration of your own and start with --config"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DevFolder> PrepareDevFolder(const std::string& path, const std::string& listen, absl::Time now,
                                           RandomSource& random) {
  std::error_code error;
  const std::string folder = std::filesystem::absolute(path, error).lexically_normal().string();
  if (error) return absl::FailedPreconditionError(absl::StrCat(path, ": ", error.message()));
  if (absl::Status status = MakeFolder(folder); !status.ok()) return status;
  const std::string keys_file = folder + "/keys.json", config_file = folder + "/tokend.yaml";
  absl::Status made;
  if (!std::filesystem::exists(keys_file, error)) made.Update(MakeKeys(keys_file));
  if (!std::filesystem::exists(config_file, error)) made.Update(WriteWholeFile(config_file, DevConfig(folder)));
  if (!made.ok()) return made;
  absl::StatusOr<config::TokendConfig> config = LoadConfig(config_file, {});
  if (!config.ok()) return config.status();
  DevFolder dev{folder + "/dev.token", *std::move(config)};
  if (absl::Status status = ReplaceAddresses(listen, dev.config); !status.ok()) return status;
  if (absl::Status status = MakeToken(dev.config, dev.token_file, now, random); !status.ok()) return status;
  return dev;
}

}  // namespace paseto::service
