#include "grpc_paseto/interceptor/client/token_pair.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "grpc_paseto/interceptor/trust/watched_file.h"

namespace paseto::client {
namespace {

constexpr size_t kMaxFileBytes = 32 * 1024;

template <typename Response>
TokenPair PairIn(const Response& response) {
  const v1::IssuedToken& access = response.access_token();
  return {access.token(),
          absl::FromUnixSeconds(access.expires_at().seconds()) + absl::Nanoseconds(access.expires_at().nanos()),
          response.refresh_token().token()};
}

absl::Status CannotWrite(const std::string& path) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot write the token file ", path));
}

bool WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

TokenPair PairOf(const v1::IssueResponse& response) { return PairIn(response); }
TokenPair PairOf(const v1::RefreshResponse& response) { return PairIn(response); }

absl::StatusOr<TokenPair> LoadTokenPair(const std::string& path) {
  const absl::StatusOr<SecretBytes> content = interceptor::WatchedFile(path, kMaxFileBytes).Read();
  if (!content.ok()) return content.status();
  const std::vector<std::string> lines =
      absl::StrSplit(content->ReadText(InsecureSecretAccess::Get()), '\n', absl::SkipEmpty());
  TokenPair pair;
  std::string problem;
  if (lines.size() != 3 || !absl::ParseTime(absl::RFC3339_full, lines[1], &pair.access_expires_at, &problem)) {
    return absl::InvalidArgumentError(absl::StrCat("the token file ", path, " does not hold a pair of tokens"));
  }
  pair.access_token = lines[0];
  pair.refresh_token = lines[2];
  return pair;
}

absl::Status SaveTokenPair(const TokenPair& pair, const std::string& path) {
  const std::string draft = absl::StrCat(path, ".new");
  const int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return CannotWrite(path);
  auto close_file = absl::MakeCleanup([fd] { close(fd); });
  const std::string text = absl::StrCat(
      pair.access_token, "\n", absl::FormatTime(absl::RFC3339_full, pair.access_expires_at, absl::UTCTimeZone()), "\n",
      pair.refresh_token, "\n");
  if (fchmod(fd, 0600) != 0 || !WriteAll(fd, text) || fsync(fd) != 0) return CannotWrite(path);
  if (rename(draft.c_str(), path.c_str()) != 0) return CannotWrite(path);
  return absl::OkStatus();
}

}  // namespace paseto::client
