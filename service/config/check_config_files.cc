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

void CheckProgressFile(const std::string& file, ProblemList& problems) {
  if (file.empty()) return;
  std::error_code error;
  const std::filesystem::path around = std::filesystem::absolute(file, error).parent_path();
  if (!std::filesystem::is_directory(around, error)) {
    problems.Add("store.sqlite.progress_file",
                 absl::StrCat(file, ": the folder around it does not exist; make it first"));
  } else if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error)) {
    problems.Add("store.sqlite.progress_file", absl::StrCat(file, ": is not a file"));
  }
}

}  // namespace

std::vector<ConfigProblem> CheckConfigFiles(const config::TokendConfig& config) {
  ProblemList problems;
  for (int i = 0; i < config.listen_size(); ++i) {
    if (!config.listen(i).has_tls()) continue;
    const config::Tls& tls = config.listen(i).tls();
    const std::string path = absl::StrCat("listen[", i, "].tls");
    CheckPem(path + ".certificate_file", tls.certificate_file(), Content::kPublic, "CERTIFICATE", problems);
    CheckPem(path + ".private_key_file", tls.private_key_file(), Content::kSecret, "PRIVATE KEY", problems);
  }
  CheckFile("keys.file", config.keys().file(), Content::kSecret, problems);
  CheckStoreFolder(config.store().sqlite().folder(), problems);
  CheckProgressFile(config.store().sqlite().progress_file(), problems);
  return std::move(problems).Take();
}

}  // namespace paseto::service
