#include "grpc_paseto/core/token/cached_token.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "grpc_paseto/core/token/footer.h"

namespace paseto {
namespace {

constexpr uint64_t kNotLookedYet = std::numeric_limits<uint64_t>::max();

template <typename T>
bool Contains(absl::Span<const T> values, T value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

size_t ClaimBytes(const Claims& claims) {
  size_t bytes = claims.issuer.size() + claims.subject.size() + claims.token_id.text().size() + claims.type.size() +
                 claims.session_id.text().size() + claims.tag.size() + claims.client_id.text().size() +
                 claims.actor_json.size() + claims.certificate_thumbprint_sha256.size() + claims.custom_json.size();
  for (const std::string& audience : claims.audiences) bytes += sizeof(audience) + audience.size();
  for (const std::string& scope : claims.scopes) bytes += sizeof(scope) + scope.size();
  return bytes;
}

size_t EntryBytes(const TokenIdentity& identity, const VerifiedToken& token) {
  return sizeof(CachedToken) + sizeof(VerifiedToken) + identity.text.size() + identity.assertion.size() +
         token.footer().size() + token.key_id().text().size() + ClaimBytes(token.claims());
}

bool NamesKey(const VerifiedToken& token) {
  const absl::StatusOr<absl::optional<KeyId>> id = ReadFooterKeyId(token.footer());
  return id.ok() && id->has_value();
}

KeyAttributes AttributesOf(const KeySet& keys, const KeyId& id) {
  const Key* key = keys.Find(id);
  return key != nullptr ? key->attributes() : KeyAttributes{};
}

}  // namespace

CachedToken::CachedToken(const TokenIdentity& identity, std::shared_ptr<const VerifiedToken> token, const KeySet& keys)
    : keys_(identity.keys),
      revocations_(identity.revocations),
      text_(identity.text),
      assertion_(identity.assertion),
      base64_wrapped_(identity.base64_wrapped),
      token_(std::move(token)),
      key_attributes_(AttributesOf(keys, token_->key_id())),
      names_key_(NamesKey(*token_)),
      bytes_(EntryBytes(identity, *token_)),
      good_serial_(keys.serial()),
      good_changes_(kNotLookedYet) {}

bool CachedToken::Is(const TokenIdentity& identity) const {
  return keys_ == identity.keys && revocations_ == identity.revocations && base64_wrapped_ == identity.base64_wrapped &&
         SameBytes(text_, identity.text) && SameBytes(assertion_, identity.assertion);
}

bool CachedToken::IsAcceptedBy(const VerifyOptions& options) const {
  return Contains(options.accept, token_->kind()) && Contains(options.uses, token_->key_use()) &&
         (names_key_ || options.accept_without_kid);
}

bool CachedToken::HasGoodKey(const KeyRing& ring) {
  if (ring.serial() == good_serial_.load(std::memory_order_relaxed)) return true;
  const std::shared_ptr<const KeySet> keys = ring.Current();
  const Key* key = keys->Find(token_->key_id());
  // The id is a hash of the key itself; the attributes say what was read from the payload.
  if (key == nullptr || !key->CanVerify() || key->attributes().use != key_attributes_.use ||
      key->attributes().foreign_claims != key_attributes_.foreign_claims) {
    return false;
  }
  good_serial_.store(keys->serial(), std::memory_order_relaxed);
  return true;
}

bool CachedToken::IsRevoked(const RevocationSet* revocations) {
  if (revocations == nullptr) return false;
  // The count is read first: what is added after the look moves it past what is stored.
  const uint64_t changes = revocations->change_count();
  if (changes == good_changes_.load(std::memory_order_relaxed)) return false;
  if (revocations->IsRevoked(token_->claims())) return true;
  good_changes_.store(changes, std::memory_order_relaxed);
  return false;
}

}  // namespace paseto
