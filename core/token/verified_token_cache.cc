#include "grpc_paseto/core/token/verified_token_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "grpc_paseto/core/token/cached_token.h"
#include "grpc_paseto/core/token/thread_front.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/core/token/token_identity.h"
#include "grpc_paseto/core/token/token_shard.h"

namespace paseto {
namespace {

constexpr size_t kMaxShards = 64;
constexpr size_t kEntriesPerShard = 1024;  // fewer than two shards of this size: one shard, whose bounds are exact

TokenIdentity IdentityOf(const Trust& trust, absl::string_view text, const VerifyOptions& options) {
  return {trust.keys, trust.revocations, text, options.implicit_assertion, options.base64_wrapped};
}

std::shared_ptr<const VerifiedToken> TokenOf(std::shared_ptr<CachedToken> entry) {
  const VerifiedToken* const token = &entry->token();
  return {std::move(entry), token};
}

bool MayServe(CachedToken* entry, const Trust& trust, const VerifyOptions& options) {
  return entry->IsAcceptedBy(options) && entry->HasGoodKey(*trust.keys);
}

}  // namespace

class VerifiedTokenCache::Impl {
 public:
  explicit Impl(const Options& options) {
    const size_t count = std::clamp<size_t>(options.max_entries / kEntriesPerShard, 1, kMaxShards);
    for (size_t i = 0; i < count; ++i) {
      shards_.push_back(std::make_unique<TokenShard>(options.max_entries / count, options.max_bytes / count));
    }
  }

  absl::StatusOr<Result> Verify(const Trust& trust, absl::string_view text, const VerifyOptions& options) {
    const TokenIdentity identity = IdentityOf(trust, text, options);
    const uint64_t quick = hasher_.Quick(identity);
    ThreadFront& front = fronts_.Mine();
    const ThreadFront::Slot* slot = front.Find(identity, quick);
    if (slot != nullptr && MayServe(slot->entry, trust, options)) {
      slot->entry->MarkUsed();
      return Judge(trust, options, slot->entry, slot->token, /*was_cached=*/true);
    }
    const IdentityHash hash = hasher_.Full(identity);
    std::shared_ptr<CachedToken> entry = FindUnderGoodKey(trust, hash);
    if (entry != nullptr && entry->IsAcceptedBy(options)) {
      CachedToken* const judged = entry.get();  // the result keeps it alive
      // One call looks up to twice. What comes no more than that takes no other token's place in the front.
      const bool comes_often = judged->MarkUsed();
      return Judge(trust, options, judged,
                   comes_often ? front.Keep(identity, quick, std::move(entry)) : TokenOf(std::move(entry)),
                   /*was_cached=*/true);
    }
    absl::StatusOr<std::shared_ptr<CachedToken>> verified = VerifyAndKeep(trust, text, hash, options);
    if (!verified.ok()) return verified.status();
    CachedToken* const judged = verified->get();
    return Judge(trust, options, judged, TokenOf(*std::move(verified)), /*was_cached=*/false);
  }

  bool Contains(const Trust& trust, absl::string_view text, const VerifyOptions& options) {
    const TokenIdentity identity = IdentityOf(trust, text, options);
    const ThreadFront::Slot* slot = fronts_.Mine().Find(identity, hasher_.Quick(identity));
    if (slot != nullptr) return MayServe(slot->entry, trust, options);
    const IdentityHash hash = hasher_.Full(identity);
    const std::shared_ptr<CachedToken> entry = ShardFor(hash).Find(hash);
    return entry != nullptr && MayServe(entry.get(), trust, options);
  }

  size_t size() const {
    size_t total = 0;
    for (const std::unique_ptr<TokenShard>& shard : shards_) total += shard->size();
    return total;
  }

 private:
  TokenShard& ShardFor(const IdentityHash& hash) { return *shards_[hash.words[1] % shards_.size()]; }

  // Drops an entry whose key is revoked, gone or changed; null then.
  std::shared_ptr<CachedToken> FindUnderGoodKey(const Trust& trust, const IdentityHash& hash) {
    TokenShard& shard = ShardFor(hash);
    std::shared_ptr<CachedToken> entry = shard.Find(hash);
    if (entry == nullptr || entry->HasGoodKey(*trust.keys)) return entry;
    shard.Remove(*entry);
    return nullptr;
  }

  absl::StatusOr<std::shared_ptr<CachedToken>> VerifyAndKeep(const Trust& trust, absl::string_view text,
                                                             const IdentityHash& hash, const VerifyOptions& options) {
    const std::shared_ptr<const KeySet> keys = trust.keys->Current();
    absl::StatusOr<VerifiedToken> token = VerifyTokenValue(*keys, text, options);
    if (!token.ok()) return token.status();
    auto entry = std::make_shared<CachedToken>(hash, *std::move(token), keys->serial());
    ShardFor(hash).Put(entry);
    return entry;
  }

  // Expiry first, as for a token that is seen first: whether it is cached changes no answer.
  static absl::StatusOr<Result> Judge(const Trust& trust, const VerifyOptions& options, CachedToken* entry,
                                      std::shared_ptr<const VerifiedToken> token, bool was_cached) {
    const absl::optional<absl::Time>& expires_at = entry->token().claims().expires_at;
    if (expires_at.has_value() && *expires_at < options.expired_before) {
      return MakeTokenError(TokenError::kExpired, "the token has expired");
    }
    if (entry->IsRevoked(trust.revocations)) {
      return MakeTokenError(TokenError::kRevoked, "the token is revoked");
    }
    return Result{std::move(token), was_cached};
  }

  const IdentityHasher hasher_;
  std::vector<std::unique_ptr<TokenShard>> shards_;
  ThreadFronts fronts_;
};

VerifiedTokenCache::VerifiedTokenCache(Options options) : impl_(std::make_unique<Impl>(options)) {}

VerifiedTokenCache::~VerifiedTokenCache() = default;

absl::StatusOr<VerifiedTokenCache::Result> VerifiedTokenCache::Verify(const Trust& trust, absl::string_view text,
                                                                      const VerifyOptions& options) {
  return impl_->Verify(trust, text, options);
}

bool VerifiedTokenCache::Contains(const Trust& trust, absl::string_view text, const VerifyOptions& options) const {
  return impl_->Contains(trust, text, options);
}

size_t VerifiedTokenCache::size() const { return impl_->size(); }

}  // namespace paseto
