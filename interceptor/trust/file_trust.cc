#include "grpc_paseto/interceptor/trust/file_trust.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/interceptor/trust/listener_slot.h"
#include "grpc_paseto/interceptor/trust/poller.h"
#include "grpc_paseto/interceptor/trust/watched_file.h"

namespace paseto::interceptor {
namespace {

constexpr size_t kMaxKeyFileBytes = 1 << 20;

absl::Status InFile(const std::string& path, const absl::Status& fault) {
  return absl::Status(fault.code(), absl::StrCat(path, ": ", fault.message()));
}

absl::StatusOr<std::shared_ptr<const KeySet>> ReadKeySet(WatchedFile& file) {
  absl::StatusOr<SecretBytes> text = file.Read();
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<Key>> keys = ParseKeyFile(text->ReadText(InsecureSecretAccess::Get()));
  if (!keys.ok()) return InFile(file.path(), keys.status());
  absl::StatusOr<std::shared_ptr<const KeySet>> set = KeySet::Create(*std::move(keys));
  if (!set.ok()) return InFile(file.path(), set.status());
  return set;
}

class FileTrust final : public TrustSource {
 public:
  FileTrust(FileTrustOptions options, WatchedFile file, std::shared_ptr<const KeySet> keys)
      : options_(std::move(options)),
        file_(std::move(file)),
        keys_(std::move(keys)),
        poller_(options_.poll_interval, [this] { Look(); }) {}

  const KeyRing& keys() const override { return keys_; }
  const RevocationSet& revocations() const override { return revocations_; }
  absl::Duration Age() const override { return absl::ZeroDuration(); }
  bool WaitForFirstTrust(absl::Duration) override { return true; }
  void OnChange(std::function<void()> listener) override { listener_.Set(std::move(listener)); }

 private:
  void Look() {
    if (!file_.HasChanged()) return;
    absl::StatusOr<std::shared_ptr<const KeySet>> keys = ReadKeySet(file_);
    if (keys.ok()) {
      keys_.Swap(*std::move(keys));
      listener_.Notify();
    } else if (options_.on_problem) {
      options_.on_problem(keys.status());
    }
  }

  const FileTrustOptions options_;
  WatchedFile file_;  // of the poller's thread
  KeyRing keys_;
  const RevocationSet revocations_;  // stays empty
  ListenerSlot listener_;
  Poller poller_;  // last: it uses everything above
};

}  // namespace

absl::StatusOr<std::unique_ptr<TrustSource>> TrustFromKeyFile(FileTrustOptions options) {
  if (options.path.empty()) return absl::InvalidArgumentError("path is required: name the key file");
  if (options.poll_interval <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("poll_interval must be more than 0");
  }
  WatchedFile file(options.path, kMaxKeyFileBytes);
  absl::StatusOr<std::shared_ptr<const KeySet>> keys = ReadKeySet(file);
  if (!keys.ok()) return keys.status();
  return std::make_unique<FileTrust>(std::move(options), std::move(file), *std::move(keys));
}

}  // namespace paseto::interceptor
