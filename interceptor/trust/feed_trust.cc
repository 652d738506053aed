#include "grpc_paseto/interceptor/trust/feed_trust.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/core/token/boot_clock.h"
#include "grpc_paseto/core/token/key_file.h"
#include "grpc_paseto/interceptor/trust/feed_follower.h"
#include "grpc_paseto/interceptor/trust/feed_journal.h"
#include "grpc_paseto/interceptor/trust/feed_stream.h"
#include "grpc_paseto/interceptor/trust/listener_slot.h"
#include "grpc_paseto/interceptor/trust/local_address.h"
#include "grpc_paseto/interceptor/trust/watched_file.h"

namespace paseto::interceptor {
namespace {

constexpr size_t kMaxTokenFileBytes = 8 * 1024;
constexpr size_t kMaxKeyFileBytes = 1 << 20;
constexpr absl::Duration kKeyFileInterval = absl::Seconds(1);  // how often its time and size are looked at
constexpr absl::Duration kFirstBackoff = absl::Milliseconds(50);

absl::Status At(absl::string_view place, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(place, ": ", status.message()));
}

// True for what may be sent as metadata.
bool IsToken(absl::string_view text) {
  const auto fits = [](char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_'; };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  const absl::StatusOr<SecretBytes> content = WatchedFile(path, kMaxTokenFileBytes).Read();
  if (!content.ok()) return content.status();
  const absl::string_view token = absl::StripAsciiWhitespace(content->ReadText(InsecureSecretAccess::Get()));
  if (!IsToken(token)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the token file ", path, " does not hold one token and nothing else"));
  }
  return std::string(token);
}

// The client token of `options`; empty when the connection says who this is.
absl::StatusOr<std::string> ClientToken(const FeedTrustOptions& options) {
  if (!options.token_file.empty()) return ReadToken(options.token_file);
  if (!options.client_token) return std::string();
  absl::StatusOr<std::string> token = options.client_token();
  if (!token.ok()) return At("client_token", token.status());
  if (!IsToken(*token)) return absl::InvalidArgumentError("client_token did not give one token and nothing else");
  return token;
}

// The local keys of a verifier's own file.
absl::StatusOr<std::vector<Key>> ReadOwnKeys(WatchedFile& file) {
  const std::string& path = file.path();
  if (path.empty()) return std::vector<Key>();
  const absl::StatusOr<SecretBytes> text = file.Read();
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<Key>> keys = ParseKeyFile(text->ReadText(InsecureSecretAccess::Get()));
  if (!keys.ok()) return At(path, keys.status());
  for (const Key& key : *keys) {
    const KeyUse use = key.attributes().use;
    if (key.kind().purpose != Purpose::kLocal || (use != KeyUse::kAccess && use != KeyUse::kForeign)) {
      return absl::InvalidArgumentError(
          absl::StrCat("the key file ", path, ": ", key.id().text(),
                       " does not belong here: beside a feed only local keys for access or foreign tokens may stand"));
    }
  }
  const absl::StatusOr<std::shared_ptr<const KeySet>> set = KeySet::Create(*keys);
  if (!set.ok()) return At(path, set.status());
  return keys;
}

// Of one TrustSource, so that tokend knows it again when it comes back.
std::string NewVerifierId() {
  absl::BitGen random;
  return absl::StrCat(absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16),
                      absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

class FeedTrust final : public TrustSource {
 public:
  FeedTrust(FeedTrustOptions options, WatchedFile key_file, std::vector<Key> own_keys)
      : options_(std::move(options)),
        key_file_(std::move(key_file)),
        follower_(options_.issuer, options_.clock != nullptr ? *options_.clock : system_clock_,
                  [this] { listener_.Notify(); }) {
    ReportUnlessOk(follower_.SetOwnKeys(std::move(own_keys)));
    if (!options_.journal_file.empty()) {
      journal_ = std::make_unique<FeedJournal>(options_.journal_file);
      ReportUnlessOk(journal_->Replay(follower_));
    }
    thread_ = std::thread([this] { Follow(); });
  }

  ~FeedTrust() override {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      if (stream_ != nullptr) stream_->Cancel(absl::CancelledError("this source is being destroyed"));
    }
    thread_.join();
  }

  const KeyRing& keys() const override { return follower_.keys(); }
  const RevocationSet& revocations() const override { return follower_.revocations(); }
  absl::Duration Age() const override { return follower_.Age(); }
  bool WaitForFirstTrust(absl::Duration timeout) override { return follower_.WaitForFirstTrust(timeout); }
  void OnChange(std::function<void()> listener) override { listener_.Set(std::move(listener)); }

 private:
  // The life of the thread: one connection after the other, address by address.
  void Follow() {
    absl::BitGen random;
    absl::Duration backoff = kFirstBackoff;
    for (size_t server = 0;; server = (server + 1) % options_.addresses.size()) {
      const absl::Duration start = SystemBootClock().SinceBoot();
      const absl::Status end = FollowOne(server);
      const bool had_lasted = SystemBootClock().SinceBoot() - start > options_.max_backoff;
      if (had_lasted) backoff = kFirstBackoff;
      const absl::Duration pause = backoff * absl::Uniform(random, 0.5, 1.0);
      backoff = std::min(backoff * 2, std::max(options_.max_backoff, kFirstBackoff));
      {
        absl::MutexLock lock(&mutex_);
        if (stopping_) return;
      }
      Report(At(absl::StrCat("trust feed at ", options_.addresses[server]), end));
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause)) return;
    }
  }

  // One connection, from its start to its end. Result: why it ended; never OK.
  absl::Status FollowOne(size_t server) {
    LookAtKeyFile();
    const absl::StatusOr<std::string> token = ClientToken(options_);
    if (!token.ok()) return token.status();

    if (journal_ != nullptr) {
      journal_->StartStream();
      if (journal_->wants_snapshot()) follower_.WantSnapshot();
    }
    FeedStream stream(MakeChannel(options_.addresses[server]), *token, verifier_id_, server, follower_,
                      [this](const v1::WatchResponse& message) {
                        if (journal_ != nullptr) ReportUnlessOk(journal_->Add(message));
                      });
    SetStream(&stream);
    while (!stream.WaitForEnd(std::min(options_.patience / 4, kKeyFileInterval))) {
      LookAtKeyFile();
      if (SystemBootClock().SinceBoot() - stream.last_progress() < options_.patience) continue;
      stream.Cancel(absl::DeadlineExceededError(
          absl::StrCat("the server confirmed nothing for ", absl::FormatDuration(options_.patience))));
    }
    SetStream(nullptr);
    return stream.reason();
  }

  void LookAtKeyFile() {
    if (options_.key_file.empty() || !key_file_.HasChanged()) return;
    absl::StatusOr<std::vector<Key>> own_keys = ReadOwnKeys(key_file_);
    ReportUnlessOk(own_keys.ok() ? follower_.SetOwnKeys(*std::move(own_keys)) : own_keys.status());
  }

  // A channel of its own for every connection: gRPC's pauses between attempts are not added to ours.
  std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    if (options_.channel != nullptr) return grpc::CreateCustomChannel(address, options_.channel, arguments);
    // A proxy from the environment would carry the token off this machine.
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  }

  void SetStream(FeedStream* stream) {
    absl::MutexLock lock(&mutex_);
    stream_ = stream;
    if (stopping_ && stream != nullptr) stream->Cancel(absl::CancelledError("this source is being destroyed"));
  }

  void Report(const absl::Status& problem) const {
    if (options_.on_problem) options_.on_problem(problem);
  }

  void ReportUnlessOk(const absl::Status& status) const {
    if (!status.ok()) Report(status);
  }

  const FeedTrustOptions options_;
  const std::string verifier_id_ = NewVerifierId();
  const SystemClock system_clock_;
  ListenerSlot listener_;
  WatchedFile key_file_;  // of the thread
  FeedFollower follower_;
  std::unique_ptr<FeedJournal> journal_;  // of the thread, and of the present stream; null when there is none
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  FeedStream* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;  // the present one, to end it
  std::thread thread_;
};

// Whether tokend can tell who this is by the connection alone.
bool ConnectionsMayName(const FeedTrustOptions& options) {
  if (options.channel != nullptr) return true;
  return !options.addresses.empty() &&
         std::all_of(options.addresses.begin(), options.addresses.end(),
                     [](const std::string& address) { return absl::StartsWith(address, "unix:"); });
}

}  // namespace

absl::StatusOr<std::unique_ptr<TrustSource>> TrustFromFeed(FeedTrustOptions options) {
  std::vector<std::string> problems;
  if (options.addresses.empty()) problems.push_back("addresses is required: name at least one server of the feed");
  for (const std::string& address : options.addresses) {
    if (options.channel == nullptr && !IsLocalAddress(address)) {
      problems.push_back(absl::StrCat("addresses: ", address,
                                      " is not on loopback or a Unix socket; give TLS credentials in channel"));
    }
  }
  if (options.issuer.empty()) problems.push_back("issuer is required: name the issuer whose tokens are trusted");
  if (options.token_file.empty() && !options.client_token && !ConnectionsMayName(options)) {
    problems.push_back("token_file is required on plaintext ports: name the file with the client token");
  }
  if (!options.token_file.empty() && options.client_token) {
    problems.push_back("token_file and client_token: give one of them");
  }
  if (options.max_backoff <= absl::ZeroDuration()) problems.push_back("max_backoff must be more than 0");
  if (options.patience <= absl::ZeroDuration()) problems.push_back("patience must be more than 0");
  WatchedFile key_file(options.key_file, kMaxKeyFileBytes);
  absl::StatusOr<std::vector<Key>> own_keys = ReadOwnKeys(key_file);
  if (!own_keys.ok()) problems.push_back(absl::StrCat("key_file: ", own_keys.status().message()));
  if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
  return std::make_unique<FeedTrust>(std::move(options), std::move(key_file), *std::move(own_keys));
}

}  // namespace paseto::interceptor
