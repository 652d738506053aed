// Whatever reads versions 2 and 1. Random text never verifies, unwraps, unseals, or opens with a password. Token and
// key texts and DER are accepted in the one spelling that the encoders give; a key that is read from PEM can be
// written, and what was written is the same key again.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grpc_paseto/core/legacy/legacy_key.h"
#include "grpc_paseto/core/legacy/legacy_paserk_wrap.h"
#include "grpc_paseto/core/legacy/legacy_seal.h"
#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/tests/fuzz/forged_token.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"
#include "grpc_paseto/tests/fuzz/fuzz_keys.h"
#include "grpc_paseto/tests/fuzz/legacy_fuzz_keys.h"
#include "grpc_paseto/tests/fuzz/password_cost.h"

namespace paseto {
namespace {

const InsecureSecretAccess kAccess = InsecureSecretAccess::Get();

struct LegacyFuzzKeys {
  V2LocalKey v2_local = V2LocalKey::FromBytes(Keys().v4_local.secret().Clone()).value();
  V2SecretKey v2_secret = V2SecretKey::FromBytes(Keys().v4_secret.secret().Clone()).value();
  V1LocalKey v1_local = V1LocalKey::FromBytes(Keys().v3_local.secret().Clone()).value();
  V1PublicKey v1_public = V1PublicKey::FromPem(kFuzzV1PublicPem).value();
  V1SealingSecretKey v1_sealing = V1SealingSecretKey::FromPem(kFuzzV1SealingPem).value();
};

const LegacyFuzzKeys& LegacyKeys() {
  static const LegacyFuzzKeys& keys = *new LegacyFuzzKeys;
  return keys;
}

std::shared_ptr<const KeySet> MakeKeySet() {
  const KeyAttributes foreign{KeyUse::kForeign, KeyState::kActive};
  std::vector<Key> keys;
  keys.emplace_back(V2LocalKey::FromBytes(LegacyKeys().v2_local.secret().Clone()).value(), foreign);
  keys.emplace_back(LegacyKeys().v2_secret.public_key(), foreign);
  keys.emplace_back(V1LocalKey::FromBytes(LegacyKeys().v1_local.secret().Clone()).value(), foreign);
  keys.emplace_back(LegacyKeys().v1_public, foreign);
  return KeySet::Create(std::move(keys)).value();
}

void CheckToken(absl::string_view text) {
  static const std::shared_ptr<const KeySet>& keys = *new std::shared_ptr<const KeySet>(MakeKeySet());
  static constexpr TokenKind kAccept[] = {kV2Public, kV2Local, kV1Public, kV1Local};
  CheckForged(*keys, kAccept, text);
  if (const absl::StatusOr<UntrustedToken> token = UntrustedToken::ParseAllowingLegacy(text); token.ok()) {
    PASETO_CHECK(EncodeToken(token->untrusted_kind(), token->untrusted_body(), token->untrusted_footer()) == text);
  }
}

void CheckInvalid(const absl::Status& status) { PASETO_CHECK(status.code() == absl::StatusCode::kInvalidArgument); }

template <typename Key>
void CheckSecretText(const absl::StatusOr<Key>& key, absl::string_view text) {
  if (!key.ok()) return CheckInvalid(key.status());
  PASETO_CHECK(PaserkEncode(*key, kAccess).ReadText(kAccess) == text);
  PASETO_CHECK(KeyId::ParseLegacy(PaserkId(*key).text()).value() == PaserkId(*key));
}

template <typename Key>
void CheckPublicText(const absl::StatusOr<Key>& key, absl::string_view text) {
  if (!key.ok()) return CheckInvalid(key.status());
  PASETO_CHECK(PaserkEncode(*key) == text);
  PASETO_CHECK(KeyId::ParseLegacy(PaserkId(*key).text()).value() == PaserkId(*key));
}

// The primes of a secret key are tested, which takes a hundred times as long as all else.
bool MayReadRsaSecret(absl::string_view text) {
  constexpr size_t kLessThanAnySecret = 1000;
  return text.size() < kLessThanAnySecret || IsOneOf(16, text);
}

void CheckTexts(absl::string_view text) {
  CheckSecretText(ParsePaserkV2Local(text), text);
  CheckSecretText(ParsePaserkV2Secret(text), text);
  CheckSecretText(ParsePaserkV1Local(text), text);
  CheckPublicText(ParsePaserkV2Public(text), text);
  CheckPublicText(ParsePaserkV1Public(text), text);
  if (MayReadRsaSecret(text)) {
    CheckSecretText(ParsePaserkV1Secret(text), text);
    if (const absl::StatusOr<LegacyKey> key = ParseLegacyKey(text); key.ok()) {
      PASETO_CHECK(LegacyKeyText(*key, kAccess).ReadText(kAccess) == text);
    } else {
      CheckInvalid(key.status());
    }
  }
  if (const absl::StatusOr<KeyId> id = KeyId::ParseLegacy(text); id.ok()) {
    PASETO_CHECK(id->text() == text && !KeyId::Parse(text).ok());
  } else {
    CheckInvalid(id.status());
  }
}

void CheckDer(absl::string_view text) {
  if (const absl::StatusOr<V1PublicKey> key = V1PublicKey::FromDer(text); key.ok()) {
    PASETO_CHECK(key->der() == text);
  } else {
    CheckInvalid(key.status());
  }
  if (!MayReadRsaSecret(text)) return;
  if (const absl::StatusOr<V1SecretKey> key = V1SecretKey::FromDer(SecretBytes::CopyFrom(text)); key.ok()) {
    PASETO_CHECK(key->secret().ReadText(kAccess) == text);
  } else {
    CheckInvalid(key.status());
  }
}

void CheckPem(absl::string_view text) {
  if (const absl::StatusOr<V1PublicKey> key = V1PublicKey::FromPem(text); key.ok()) {
    PASETO_CHECK(V1PublicKey::FromPem(key->pem()).value() == *key);
  } else {
    CheckInvalid(key.status());
  }
  // A key has one size: none both signs and seals.
  PASETO_CHECK(!V1SealingPublicKey::FromPem(text).ok() || !V1PublicKey::FromPem(text).ok());
  if (!MayReadRsaSecret(text)) return;
  if (const absl::StatusOr<V1SecretKey> key = V1SecretKey::FromPem(text); key.ok()) {
    const SecretBytes pem = key->pem(kAccess);
    PASETO_CHECK(V1SecretKey::FromPem(pem.ReadText(kAccess)).value().secret().Equals(key->secret()));
  } else {
    CheckInvalid(key.status());
  }
  PASETO_CHECK(!V1SealingSecretKey::FromPem(text).ok() || !V1SecretKey::FromPem(text).ok());
}

void CheckRefused(const absl::Status& status) {
  PASETO_CHECK(status.code() == absl::StatusCode::kInvalidArgument ||
               status.code() == absl::StatusCode::kUnauthenticated);
}

template <typename Key>
void CheckWrapped(const typename LegacyPaserk<Key>::WrappingKey& wrapping_key, absl::string_view password_header,
                  absl::string_view text) {
  CheckRefused(LegacyPaserkUnwrap<Key>(wrapping_key, text).status());
  if (IsAllowedButSlow<typename LegacyPaserk<Key>::Cost>(text, password_header)) return;
  CheckRefused(LegacyPaserkPasswordUnwrap<Key>(text, "password").status());
}

void CheckAllWrapped(absl::string_view text) {
  CheckWrapped<V2LocalKey>(LegacyKeys().v2_local, "k2.local-pw.", text);
  CheckWrapped<V2SecretKey>(LegacyKeys().v2_local, "k2.secret-pw.", text);
  CheckWrapped<V1LocalKey>(LegacyKeys().v1_local, "k1.local-pw.", text);
  CheckWrapped<V1SecretKey>(LegacyKeys().v1_local, "k1.secret-pw.", text);
  CheckRefused(LegacyPaserkUnseal(LegacyKeys().v2_secret, text).status());
  if (IsOneOf(64, text)) CheckRefused(LegacyPaserkUnseal(LegacyKeys().v1_sealing, text).status());
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = paseto::FuzzText(data, size);
  paseto::CheckToken(text);
  paseto::CheckTexts(text);
  // Whatever does not begin as a SEQUENCE costs OpenSSL's decoder as much as a key does.
  if (!text.empty() && (text[0] == '0' || paseto::IsOneOf(64, text))) paseto::CheckDer(text);
  paseto::CheckPem(text);
  paseto::CheckAllWrapped(text);
  return 0;
}
