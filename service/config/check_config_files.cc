#include "grpc_paseto/service/config/check_config_files.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpc_paseto/service/config/problem_list.h"

namespace paseto::service {
namespace {

enum class Content { kPublic, kSecret };

// True when the file is readable, and closed to other users if it is secret.
bool CheckFile(const std::string& field, const std::string& path, Content content, ProblemList& problems) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) {
    problems.Add(field, absl::StrCat(path, ": ", std::generic_category().message(errno)));
    return false;
  }
  if (!S_ISREG(status.st_mode)) {
    problems.Add(field, absl::StrCat(path, ": is not a file"));
    return false;
  }
  if (content == Content::kSecret && (status.st_mode & S_IRWXO) != 0) {
    problems.Add(field, absl::StrCat(path, ": holds a secret and is open to every user; run chmod o-rwx on it"));
    return false;
  }
  if (!std::ifstream(path).good()) {
    problems.Add(field, absl::StrCat(path, ": cannot be opened for reading by this user"));
    return false;
  }
  return true;
}

// PEM files are small; what is larger is something else.
void CheckPem(const std::string& field, const std::string& path, Content content, absl::string_view label,
              ProblemList& problems) {
  if (!CheckFile(field, path, content, problems)) return;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, "-----BEGIN ") && absl::StrContains(line, label)) return;
  }
  problems.Add(field, absl::StrCat(path, ": has no PEM block of a ", label));
}

void CheckKeyFiles(const config::Keys& keys, ProblemList& problems) {
  if (!keys.file().empty()) CheckFile("keys.file", keys.file(), Content::kSecret, problems);
  const config::Kek& kek = keys.kek();
  if (kek.has_file()) CheckFile("keys.kek.file", kek.file(), Content::kSecret, problems);
  if (kek.has_password()) {
    CheckFile("keys.kek.password.wrapped_file", kek.password().wrapped_file(), Content::kPublic, problems);
    CheckFile("keys.kek.password.password_file", kek.password().password_file(), Content::kSecret, problems);
  }
  if (kek.has_pkcs11()) {
    CheckFile("keys.kek.pkcs11.module", kek.pkcs11().module(), Content::kPublic, problems);
    CheckFile("keys.kek.pkcs11.pin_file", kek.pkcs11().pin_file(), Content::kSecret, problems);
  }
}

void CheckStoreFolder(const std::string& folder, ProblemList& problems) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return;
  if (std::filesystem::exists(folder, error)) {
    problems.Add("store.sqlite.folder", absl::StrCat(folder, ": is not a folder"));
    return;
  }
  const std::filesystem::path around = std::filesystem::absolute(folder, error).parent_path();
  if (!std::filesystem::is_directory(around, error)) {
    problems.Add("store.sqlite.folder",
                 absl::StrCat(folder, ": neither it nor the folder around it exists; make it first"));
  }
}

// A file that tokend makes when it is missing. An empty name is no file.
void CheckOwnFile(const std::string& field, const std::string& file, ProblemList& problems) {
  if (file.empty()) return;
  std::error_code error;
  const std::filesystem::path around = std::filesystem::absolute(file, error).parent_path();
  if (!std::filesystem::is_directory(around, error)) {
    problems.Add(field, absl::StrCat(file, ": the folder around it does not exist; make it first"));
  } else if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error)) {
    problems.Add(field, absl::StrCat(file, ": is not a file"));
  }
}

std::filesystem::path SocketFolder(const config::Listener& listener) {
  std::error_code error;
  return std::filesystem::absolute(std::string(absl::StripPrefix(listener.address(), "unix:")), error).parent_path();
}

// OK for a folder that tokend will make.
absl::Status CheckSocketFolder(const config::Listener& listener) {
  const std::filesystem::path folder = SocketFolder(listener);
  struct stat status;
  if (::stat(folder.c_str(), &status) != 0) {
    const int cause = errno;
    std::error_code error;
    if (cause == ENOENT && std::filesystem::is_directory(folder.parent_path(), error)) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(folder.string(), ": ", std::generic_category().message(cause),
                                                      "; make the folder around it first"));
  }
  if (!S_ISDIR(status.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(folder.string(), ": is not a folder"));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(folder.string(),
                                                    ": others may enter it, and whoever reaches the socket is ",
                                                    listener.client(), "; run chmod 0700 on it"));
}

}  // namespace

absl::Status MakeSocketFolder(const config::Listener& listener) {
  if (listener.client().empty()) return absl::OkStatus();
  ::mkdir(SocketFolder(listener).c_str(), S_IRWXU);  // or it is there
  return CheckSocketFolder(listener);
}

std::vector<ConfigProblem> CheckConfigFiles(const config::TokendConfig& config) {
  ProblemList problems;
  for (int i = 0; i < config.listen_size(); ++i) {
    if (!config.listen(i).has_tls()) continue;
    const config::Tls& tls = config.listen(i).tls();
    const std::string path = absl::StrCat("listen[", i, "].tls");
    CheckPem(path + ".certificate_file", tls.certificate_file(), Content::kPublic, "CERTIFICATE", problems);
    CheckPem(path + ".private_key_file", tls.private_key_file(), Content::kSecret, "PRIVATE KEY", problems);
    if (tls.client_ca_file().empty()) continue;
    CheckPem(path + ".client_ca_file", tls.client_ca_file(), Content::kPublic, "CERTIFICATE", problems);
  }
  for (int i = 0; i < config.listen_size(); ++i) {
    if (config.listen(i).client().empty()) continue;
    const absl::Status closed = CheckSocketFolder(config.listen(i));
    if (!closed.ok()) problems.Add(absl::StrCat("listen[", i, "].address"), closed.message());
  }
  CheckKeyFiles(config.keys(), problems);
  CheckStoreFolder(config.store().sqlite().folder(), problems);
  CheckOwnFile("store.sqlite.progress_file", config.store().sqlite().progress_file(), problems);
  const std::string& backups = config.store().sqlite().backup_folder();
  std::error_code error;
  if (!backups.empty() && !std::filesystem::is_directory(backups, error)) {
    problems.Add("store.sqlite.backup_folder", absl::StrCat(backups, ": is not a folder; make it first"));
  }
  CheckOwnFile("audit.file", config.audit().file(), problems);
  CheckOwnFile("audit.key_file", config.audit().key_file(), problems);
  return std::move(problems).Take();
}

}  // namespace paseto::service
