#include "grpc_paseto/service/server/load_keys.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/interceptor/trust/watched_file.h"

namespace paseto::service {
namespace {

constexpr size_t kLargestKeyFileBytes = 1 << 20;

bool VerifiesClients(const Key& key) { return key.attributes().use == KeyUse::kClient && key.CanVerify(); }

absl::Status CheckComplete(const KeySet& keys, const std::string& path) {
  std::vector<std::string> missing;
  if (keys.ActiveSigner(kV4Public, KeyUse::kAccess) == nullptr) missing.push_back("active v4.public key for access");
  if (keys.ActiveSigner(kV4Local, KeyUse::kRefresh) == nullptr) missing.push_back("active v4.local key for refresh");
  if (std::none_of(keys.keys().begin(), keys.keys().end(), VerifiesClients)) missing.push_back("key for client");
  if (missing.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(path, ": has no ", absl::StrJoin(missing, ", no "),
                                                    "; make what is missing with tokenctl key generate"));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const KeySet>> LoadKeys(const std::string& path) {
  const absl::StatusOr<SecretBytes> content = interceptor::WatchedFile(path, kLargestKeyFileBytes).Read();
  if (!content.ok()) return content.status();
  const absl::Span<const uint8_t> bytes = content->Read(InsecureSecretAccess::Get());
  absl::StatusOr<std::vector<Key>> keys =
      ParseKeyFile(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  if (!keys.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", keys.status().message()));
  absl::StatusOr<std::shared_ptr<const KeySet>> set = KeySet::Create(*std::move(keys));
  if (!set.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", set.status().message()));
  if (absl::Status status = CheckComplete(**set, path); !status.ok()) return status;
  return set;
}

std::shared_ptr<const KeySet> WithRevoked(const KeySet& keys, absl::Span<const std::string> ids) {
  std::vector<Key> changed;
  for (const Key& key : keys.keys()) {
    KeyAttributes attributes = key.attributes();
    if (std::find(ids.begin(), ids.end(), key.id().text()) != ids.end()) attributes.state = KeyState::kRevoked;
    changed.push_back(key.With(std::move(attributes)));
  }
  return KeySet::Create(std::move(changed)).value();  // fewer active keys than before, under the same ids
}

}  // namespace paseto::service
