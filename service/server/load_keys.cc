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

bool HasActive(const std::vector<Key>& keys, const Key& like) {
  return std::any_of(keys.begin(), keys.end(), [&like](const Key& key) {
    return key.kind() == like.kind() && key.attributes().use == like.attributes().use && key.CanSign();
  });
}

// What `key` is once it is active.
Key Activated(const Key& key) {
  KeyAttributes attributes = key.attributes();
  attributes.state = KeyState::kActive;
  return key.With(std::move(attributes));
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
  std::vector<Key> orphans;  // what was active, and is revoked now
  for (const Key& key : keys.keys()) {
    const bool is_named = std::find(ids.begin(), ids.end(), key.id().text()) != ids.end();
    KeyAttributes attributes = key.attributes();
    if (is_named && key.CanSign()) orphans.push_back(key);
    if (is_named) attributes.state = KeyState::kRevoked;
    changed.push_back(key.With(std::move(attributes)));
  }
  for (const Key& orphan : orphans) {
    for (Key& key : changed) {
      const bool is_heir = key.attributes().state == KeyState::kAnnounced && key.kind() == orphan.kind() &&
                           key.attributes().use == orphan.attributes().use && Activated(key).CanSign();
      if (is_heir && !HasActive(changed, orphan)) key = Activated(key);
    }
  }
  return KeySet::Create(std::move(changed)).value();  // at most as many active keys as before, under the same ids
}

}  // namespace paseto::service
