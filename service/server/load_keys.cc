#include "grpc_paseto/service/server/load_keys.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/interceptor/trust/watched_file.h"
#include "grpc_paseto/service/keys/kek.h"

namespace paseto::service {
namespace {

constexpr size_t kLargestKeyFileBytes = 1 << 20;

}  // namespace

absl::StatusOr<std::shared_ptr<const KeySet>> LoadKeys(const std::string& path) {
  const absl::StatusOr<SecretBytes> content = interceptor::WatchedFile(path, kLargestKeyFileBytes).Read();
  if (!content.ok()) return content.status();
  const absl::Span<const uint8_t> bytes = content->Read(InsecureSecretAccess::Get());
  absl::StatusOr<std::vector<Key>> keys =
      ParseKeyFile(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  if (!keys.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", keys.status().message()));
  for (const Key& key : *keys) {
    if (const absl::Status status = CheckStorable(key); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": ", status.message()));
    }
  }
  absl::StatusOr<std::shared_ptr<const KeySet>> set = KeySet::Create(*std::move(keys));
  if (!set.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", set.status().message()));
  return set;
}

}  // namespace paseto::service
