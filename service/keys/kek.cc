#include "grpc_paseto/service/keys/kek.h"

#include <sodium.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/core/paseto/paserk_wrap.h"

namespace paseto::service {
namespace {

constexpr size_t kSealBytes = 32;

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// PIE hashes 33 bytes that begin with 0x80 or 0x81 under the same key; what is hashed here begins with a count.
void KeyedHash(const V4LocalKey& key, absl::string_view message, unsigned char* out) {
  const absl::Span<const uint8_t> secret = key.secret().Read(InsecureSecretAccess::Get());
  crypto_generichash(out, kSealBytes, Bytes(message), message.size(), secret.data(), secret.size());
}

V3LocalKey DeriveV3(const V4LocalKey& key) {
  SecretBytes derived = SecretBytes::Zeroed(kSealBytes);
  KeyedHash(key, Pae({"grpc-paseto.kek.v3"}), derived.Write(InsecureSecretAccess::Get()).data());
  return V3LocalKey::FromBytes(std::move(derived)).value();  // has the size of one
}

template <typename Secret>
absl::StatusOr<Key> Made(absl::StatusOr<Secret> secret, KeyAttributes attributes) {
  if (!secret.ok()) return secret.status();
  if constexpr (std::is_same_v<Secret, V3SecretKey>) {
    return Key::Create(*std::move(secret), std::move(attributes));
  } else {
    return Key(*std::move(secret), std::move(attributes));
  }
}

absl::Status NotWhatWasStored(const KeyRow& row) {
  return absl::DataLossError(
      absl::StrCat("the stored key ", row.id, " is not what was stored; restore a backup of the store"));
}

}  // namespace

absl::Status CheckStorable(const Key& key) {
  const KeyAttributes& attributes = key.attributes();
  if (!IsLegacy(key.kind()) && !attributes.integer_subject && attributes.aliases.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the key ", key.id().text(),
                                                 " is of version 2 or 1, or has aliases or integer subjects; ",
                                                 "put it into the key files of the verifiers instead"));
}

Kek::Kek(V4LocalKey key)
    : v4_(std::make_shared<const V4LocalKey>(std::move(key))),
      v3_(std::make_shared<const V3LocalKey>(DeriveV3(*v4_))),
      id_(PaserkId(*v4_).text()) {}

KeyRow Kek::Wrap(const Key& key, absl::Time now) const {
  KeyRow row;
  row.id = key.id().text();
  row.kind = key.kind();
  row.use = key.attributes().use;
  row.state = key.attributes().state;
  row.foreign_claims = key.attributes().foreign_claims;
  row.paserk = WrappedText(key);
  if (!row.paserk.empty()) row.kek = id_;
  if (row.paserk.empty()) row.paserk = key.PublicPaserk();
  row.seal = Seal(row);
  row.state_since = now;
  return row;
}

absl::StatusOr<Key> Kek::Open(const KeyRow& row) const {
  if (row.has_secret() && row.kek != id_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key ", row.id, " is wrapped under the key-encryption key ", row.kek, ", and keys.kek gives ",
                     id_, "; configure the one that it was, or move the keys to the new one with tokenctl key rewrap"));
  }
  const std::string seal = Seal(row);
  if (row.seal.size() != seal.size() || sodium_memcmp(row.seal.data(), seal.data(), seal.size()) != 0) {
    if (row.has_secret()) return NotWhatWasStored(row);
    return absl::FailedPreconditionError(absl::StrCat("the stored public key ", row.id,
                                                      " is not vouched for by the key-encryption key of keys.kek; ",
                                                      "configure the one that it was stored under"));
  }
  absl::StatusOr<Key> key = OpenText(row, {row.use, row.state, row.foreign_claims});
  if (!key.ok() || key->id().text() != row.id || key->kind() != row.kind) return NotWhatWasStored(row);
  return key;
}

std::string Kek::Seal(const KeyRow& row) const {
  std::string seal(kSealBytes, '\0');
  KeyedHash(*v4_,
            Pae({"grpc-paseto.stored_key", row.id, TokenKindName(row.kind), KeyUseName(row.use),
                 absl::StrJoin(row.foreign_claims, " "), row.paserk, row.kek}),
            reinterpret_cast<unsigned char*>(seal.data()));
  return seal;
}

// Empty for a key without a secret.
std::string Kek::WrappedText(const Key& key) const {
  if (key.v4_local() != nullptr) return PaserkWrap(*v4_, *key.v4_local());
  if (key.v4_secret() != nullptr) return PaserkWrap(*v4_, *key.v4_secret());
  if (key.v3_local() != nullptr) return PaserkWrap(*v3_, *key.v3_local());
  if (key.v3_secret() != nullptr) return PaserkWrap(*v3_, *key.v3_secret());
  return std::string();
}

absl::StatusOr<Key> Kek::OpenText(const KeyRow& row, KeyAttributes attributes) const {
  const std::string& text = row.paserk;
  if (absl::StartsWith(text, "k4.local-wrap.")) return Made(PaserkUnwrap<V4LocalKey>(*v4_, text), attributes);
  if (absl::StartsWith(text, "k4.secret-wrap.")) return Made(PaserkUnwrap<V4SecretKey>(*v4_, text), attributes);
  if (absl::StartsWith(text, "k3.local-wrap.")) return Made(PaserkUnwrap<V3LocalKey>(*v3_, text), attributes);
  if (absl::StartsWith(text, "k3.secret-wrap.")) return Made(PaserkUnwrap<V3SecretKey>(*v3_, text), attributes);
  if (absl::StartsWith(text, "k4.public.")) return Made(ParsePaserkV4Public(text), attributes);
  return Made(ParsePaserkV3Public(text), attributes);
}

}  // namespace paseto::service
