#include "grpc_paseto/core/token/cached_token.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

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

// Texts are bounded far below 4 GiB.
uint32_t EntryBytes(const VerifiedToken& token) {
  return static_cast<uint32_t>(sizeof(CachedToken) + token.footer().size() + ClaimBytes(token.claims()));
}

}  // namespace

CachedToken::CachedToken(const IdentityHash& hash, VerifiedToken token, uint64_t serial)
    : hash_(hash),
      token_(std::move(token)),
      good_serial_(serial),
      good_changes_(kNotLookedYet),
      bytes_(EntryBytes(token_)) {}

bool CachedToken::IsAcceptedBy(const VerifyOptions& options) const {
  return Contains(options.accept, token_.kind()) && Contains(options.uses, token_.key_use()) &&
         (token_.names_key() || options.accept_without_kid) &&
         (!options.expected_footer.has_value() || SameBytes(token_.footer(), *options.expected_footer));
}

bool CachedToken::HasGoodKey(const KeyRing& ring) {
  if (ring.serial() == good_serial_.load(std::memory_order_relaxed)) return true;
  const std::shared_ptr<const KeySet> keys = ring.Current();
  const Key* key = keys->Find(token_.key_id());
  // The id is a hash of the key itself; the attributes say what was read from the payload.
  const KeyAttributes& then = token_.key().attributes;
  if (key == nullptr || !key->CanVerify()) return false;
  const KeyAttributes& now = key->attributes();
  if (now.use != then.use || now.foreign_claims != then.foreign_claims || now.integer_subject != then.integer_subject ||
      now.aliases != then.aliases) {
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
  if (revocations->IsRevoked(token_.claims())) return true;
  good_changes_.store(changes, std::memory_order_relaxed);
  return false;
}

}  // namespace paseto
