#include "grpc_paseto/tests/support/token_mint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/check.h"

namespace paseto {
namespace {

Key MakeKey(KeyUse use) { return Key(V4SecretKey::Generate(), {use, KeyState::kActive, {}}); }

std::shared_ptr<const KeySet> SetOf(std::vector<Key> keys) {
  absl::StatusOr<std::shared_ptr<const KeySet>> set = KeySet::Create(std::move(keys));
  PASETO_CHECK(set.ok());
  return *set;
}

}  // namespace

TokenMint::TokenMint(const Clock& clock)
    : clock_(clock),
      access_(MakeKey(KeyUse::kAccess)),
      client_(MakeKey(KeyUse::kClient)),
      refresh_(MakeKey(KeyUse::kRefresh)),
      foreign_(MakeKey(KeyUse::kForeign)),
      local_(V4LocalKey::Generate(), {KeyUse::kAccess, KeyState::kActive, {}}),
      signing_keys_(SetOf(KeysWith(KeyState::kActive))) {
  board_->SetKeys(signing_keys_);
}

std::vector<Key> TokenMint::KeysWith(KeyState access_state) const {
  return {access_.With({KeyUse::kAccess, access_state, {}}), client_, refresh_, foreign_, local_};
}

TokenSpec TokenMint::SpecFor(absl::string_view subject) const {
  TokenSpec spec;
  spec.claims.issuer = kIssuer;
  spec.claims.subject = std::string(subject);
  spec.claims.audiences = {kAudience};
  spec.claims.issued_at = clock_.Now() - absl::Seconds(1);
  spec.claims.expires_at = clock_.Now() + absl::Minutes(10);
  spec.claims.token_id = TokenId(absl::StrCat("token-of-", subject));
  spec.claims.type = std::string(kAccessType);
  spec.claims.fresh = true;
  spec.claims.session_id = SessionId(absl::StrCat("session-of-", subject));
  spec.claims.revision = 1;
  spec.claims.scopes = {"echo"};
  return spec;
}

std::string TokenMint::Mint(absl::string_view subject, const std::function<void(TokenSpec&)>& change) const {
  TokenSpec spec = SpecFor(subject);
  if (change) change(spec);
  absl::StatusOr<std::string> token = SignToken(*signing_keys_, spec);
  PASETO_CHECK(token.ok());
  return *std::move(token);
}

std::string TokenMint::ForeignPayload(absl::string_view subject) const {
  const absl::StatusOr<std::string> payload = EncodeClaims(SpecFor(subject).claims);
  PASETO_CHECK(payload.ok());
  return *payload;
}

std::string TokenMint::MintForeign(absl::string_view subject) const {
  const std::string footer = absl::StrCat("{\"kid\":\"", foreign_.id().text(), "\"}");
  return V4PublicSign(*foreign_.v4_secret(), ForeignPayload(subject), footer, "");
}

std::string TokenMint::MintWithoutKid(absl::string_view subject) const {
  return V4PublicSign(*foreign_.v4_secret(), ForeignPayload(subject), "", "");
}

std::string TokenMint::Forge(absl::string_view subject) const {
  const std::string payload =
      absl::StrCat("{\"iss\":\"", kIssuer, "\",\"sub\":\"", subject, "\",\"exp\":\"2999-01-01T00:00:00Z\"}");
  return V4PublicSign(V4SecretKey::Generate(), payload, absl::StrCat("{\"kid\":\"", access_.id().text(), "\"}"), "");
}

void TokenMint::RevokeToken(absl::string_view token_id) {
  const Revocation record = {RevocationKind::kToken, std::string(token_id), ++revision_, clock_.Now(),
                             clock_.Now() + absl::Hours(1)};
  board_->AddRevocations({&record, 1});
}

void TokenMint::RevokeSubject(absl::string_view subject) {
  const Revocation record = {RevocationKind::kSubject, std::string(subject), ++revision_, clock_.Now(),
                             clock_.Now() + absl::Hours(1)};
  board_->AddRevocations({&record, 1});
}

void TokenMint::SetAccessKeyState(KeyState state) { board_->SetKeys(SetOf(KeysWith(state))); }

}  // namespace paseto
