#include "grpc_paseto/service/keys/kek_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/interceptor/trust/watched_file.h"
#include "grpc_paseto/service/keys/pkcs11_kek.h"

namespace paseto::service {
namespace {

constexpr size_t kLargestFileBytes = 4096;

absl::Status In(const std::string& place, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(place, ": ", status.message()));
}

absl::StatusOr<SecretBytes> ReadSecret(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": holds a secret that others may reach; run chmod 600 on it"));
  }
  return interceptor::WatchedFile(path, kLargestFileBytes).Read();
}

// The text of `bytes` without the line end that editors leave.
absl::string_view TextOf(const SecretBytes& bytes) {
  return absl::StripAsciiWhitespace(bytes.ReadText(InsecureSecretAccess::Get()));
}

absl::StatusOr<Kek> ParseKek(const std::string& place, const SecretBytes& bytes) {
  absl::StatusOr<V4LocalKey> key = ParsePaserkV4Local(TextOf(bytes));
  if (!key.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(place, ": is not one k4.local text; tokenctl key new-kek makes one"));
  }
  return Kek(*std::move(key));
}

absl::StatusOr<Kek> FromFile(const std::string& path) {
  const absl::StatusOr<SecretBytes> bytes = ReadSecret(path);
  if (!bytes.ok()) return bytes.status();
  return ParseKek(path, *bytes);
}

absl::StatusOr<Kek> FromPassword(const config::PasswordKek& config) {
  const absl::StatusOr<SecretBytes> text = interceptor::WatchedFile(config.wrapped_file(), kLargestFileBytes).Read();
  if (!text.ok()) return text.status();
  const absl::StatusOr<SecretBytes> password = ReadSecret(config.password_file());
  if (!password.ok()) return password.status();
  absl::StatusOr<V4LocalKey> key = PaserkPasswordUnwrap<V4LocalKey>(TextOf(*text), TextOf(*password));
  if (absl::IsUnauthenticated(key.status())) {
    return absl::UnauthenticatedError(absl::StrCat(config.wrapped_file(), ": the password in ", config.password_file(),
                                                   " is not the one that it was made with"));
  }
  if (!key.ok()) return In(config.wrapped_file(), key.status());
  return Kek(*std::move(key));
}

// systemd puts credentials into a folder that only the service can read, and names it in the environment.
absl::StatusOr<Kek> FromCredential(const std::string& name) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        "keys.kek.credential: systemd gave no credentials; add LoadCredentialEncrypted=", name, " to the unit"));
  }
  const std::string path = absl::StrCat(folder, "/", name);
  const absl::StatusOr<SecretBytes> bytes = interceptor::WatchedFile(path, kLargestFileBytes).Read();
  if (!bytes.ok()) return bytes.status();
  return ParseKek(path, *bytes);
}

absl::StatusOr<Kek> FromPkcs11(const config::Pkcs11Kek& config) {
  const absl::StatusOr<SecretBytes> pin = ReadSecret(config.pin_file());
  if (!pin.ok()) return pin.status();
  absl::StatusOr<SecretBytes> derived =
      DeriveKekByPkcs11({config.module(), config.token_label(), config.key_label()}, TextOf(*pin));
  if (!derived.ok()) return derived.status();
  absl::StatusOr<V4LocalKey> key = V4LocalKey::FromBytes(*std::move(derived));
  if (!key.ok()) return key.status();
  return Kek(*std::move(key));
}

absl::Status WriteNewFile(const std::string& path, absl::string_view content) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
                       ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (written) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(path, ": cannot be made: ", std::generic_category().message(error),
                                                    "; name another key-encryption key in keys.kek"));
}

}  // namespace

absl::StatusOr<Kek> LoadKek(const config::Kek& config) {
  switch (config.source_case()) {
    case config::Kek::kFile:
      return FromFile(config.file());
    case config::Kek::kPassword:
      return FromPassword(config.password());
    case config::Kek::kCredential:
      return FromCredential(config.credential());
    case config::Kek::kPkcs11:
      return FromPkcs11(config.pkcs11());
    case config::Kek::SOURCE_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("keys.kek: names no source");
}

std::string DefaultKekFile(const std::string& store_folder) { return store_folder + "/kek"; }

absl::StatusOr<Kek> LoadOrMakeKek(const config::Keys& config, const std::string& store_folder, bool may_make) {
  if (config.has_kek()) return LoadKek(config.kek());
  const std::string path = DefaultKekFile(store_folder);
  absl::StatusOr<Kek> kek = FromFile(path);
  if (!absl::IsNotFound(kek.status())) return kek;
  if (!may_make) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": is gone, and the store has keys that only it opens; restore it, or name where it is in keys.kek"));
  }
  V4LocalKey key = V4LocalKey::Generate();
  const InsecureSecretAccess access = InsecureSecretAccess::Get();
  const SecretBytes text = PaserkEncode(key, access);
  if (absl::Status made = WriteNewFile(path, text.ReadText(access)); !made.ok()) return made;
  return Kek(std::move(key));
}

}  // namespace paseto::service
