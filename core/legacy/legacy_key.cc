#include "grpc_paseto/core/legacy/legacy_key.h"

#include <utility>

#include "absl/strings/match.h"

namespace paseto {
namespace {

constexpr TokenKind kKinds[] = {kV2Public, kV2Local, kV1Public, kV1Local};  // in the variant's order

template <typename Material>
absl::StatusOr<LegacyKey> MakeKey(absl::StatusOr<Material> material) {
  if (!material.ok()) return material.status();
  return LegacyKey(*std::move(material));
}

absl::StatusOr<absl::string_view> Kept(absl::StatusOr<std::string> message, std::string* opened) {
  if (!message.ok()) return message.status();
  *opened = *std::move(message);
  return absl::string_view(*opened);
}

struct Opener {
  const UntrustedToken& token;
  std::string* opened;

  absl::StatusOr<absl::string_view> operator()(const V2PublicKey& key) const { return V2PublicVerify(key, token); }
  absl::StatusOr<absl::string_view> operator()(const V1PublicKey& key) const { return V1PublicVerify(key, token); }
  absl::StatusOr<absl::string_view> operator()(const V2LocalKey& key) const {
    return Kept(V2LocalOpen(key, token), opened);
  }
  absl::StatusOr<absl::string_view> operator()(const V1LocalKey& key) const {
    return Kept(V1LocalOpen(key, token), opened);
  }
};

struct PublicTextOf {
  std::string operator()(const V2PublicKey& key) const { return PaserkEncode(key); }
  std::string operator()(const V1PublicKey& key) const { return PaserkEncode(key); }
  std::string operator()(const V2LocalKey&) const { return std::string(); }
  std::string operator()(const V1LocalKey&) const { return std::string(); }
};

struct TextOf {
  InsecureSecretAccess access;

  SecretBytes operator()(const V2PublicKey& key) const { return SecretBytes::CopyFrom(PaserkEncode(key)); }
  SecretBytes operator()(const V1PublicKey& key) const { return SecretBytes::CopyFrom(PaserkEncode(key)); }
  SecretBytes operator()(const V2LocalKey& key) const { return PaserkEncode(key, access); }
  SecretBytes operator()(const V1LocalKey& key) const { return PaserkEncode(key, access); }
};

}  // namespace

TokenKind LegacyKeyKind(const LegacyKey& key) { return kKinds[key.index()]; }

KeyId LegacyKeyId(const LegacyKey& key) {
  return absl::visit([](const auto& material) { return PaserkId(material); }, key);
}

absl::StatusOr<LegacyKey> ParseLegacyKey(absl::string_view paserk) {
  if (absl::StartsWith(paserk, "k2.public.")) return MakeKey(ParsePaserkV2Public(paserk));
  if (absl::StartsWith(paserk, "k2.local.")) return MakeKey(ParsePaserkV2Local(paserk));
  if (absl::StartsWith(paserk, "k1.public.")) return MakeKey(ParsePaserkV1Public(paserk));
  if (absl::StartsWith(paserk, "k1.local.")) return MakeKey(ParsePaserkV1Local(paserk));
  return absl::InvalidArgumentError("paserk is not a local or public text of k2 or k1, which are only read");
}

SecretBytes LegacyKeyText(const LegacyKey& key, InsecureSecretAccess access) {
  return absl::visit(TextOf{access}, key);
}

std::string LegacyPublicKeyText(const LegacyKey& key) { return absl::visit(PublicTextOf(), key); }

absl::StatusOr<absl::string_view> LegacyOpen(const LegacyKey& key, const UntrustedToken& token, std::string* opened) {
  return absl::visit(Opener{token, opened}, key);
}

}  // namespace paseto
