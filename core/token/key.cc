#include "grpc_paseto/core/token/key.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/footer.h"

namespace paseto {
namespace {

template <typename Enum>
struct NamedValue {
  absl::string_view name;
  Enum value;
};

constexpr std::array<NamedValue<KeyUse>, 4> kUses = {{{"access", KeyUse::kAccess},
                                                      {"refresh", KeyUse::kRefresh},
                                                      {"client", KeyUse::kClient},
                                                      {"foreign", KeyUse::kForeign}}};
constexpr std::array<NamedValue<KeyState>, 4> kStates = {{{"announced", KeyState::kAnnounced},
                                                          {"active", KeyState::kActive},
                                                          {"retired", KeyState::kRetired},
                                                          {"revoked", KeyState::kRevoked}}};

template <typename Table, typename Enum>
absl::string_view NameIn(const Table& table, Enum value) {
  for (const auto& entry : table) {
    if (entry.value == value) return entry.name;
  }
  return "";
}

std::shared_ptr<const KeyLabel> MakeLabel(KeyId id, KeyAttributes attributes) {
  std::string footer = Footer().Render(id);
  return std::make_shared<const KeyLabel>(KeyLabel{std::move(id), std::move(attributes), std::move(footer)});
}

bool LooksLikePaserk(absl::string_view text) {
  return text.size() >= 3 && text[0] == 'k' && absl::ascii_isdigit(text[1]) && text[2] == '.';
}

// It is written into key files as it is, so it has nothing that JSON would escape.
bool IsAlias(absl::string_view text) {
  const auto is_plain = [](char c) { return absl::ascii_isprint(c) && c != '"' && c != '\\'; };
  return !text.empty() && text.size() <= kMaxAliasBytes && std::all_of(text.begin(), text.end(), is_plain);
}

absl::Status ForeignOnly(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(what, " only for keys of the use foreign"));
}

}  // namespace

absl::string_view KeyUseName(KeyUse use) { return NameIn(kUses, use); }

absl::string_view KeyStateName(KeyState state) { return NameIn(kStates, state); }

absl::StatusOr<KeyUse> ParseKeyUse(absl::string_view name) {
  for (const auto& entry : kUses) {
    if (entry.name == name) return entry.value;
  }
  return absl::InvalidArgumentError("not a key use: expected access, refresh, client or foreign");
}

absl::StatusOr<KeyState> ParseKeyState(absl::string_view name) {
  for (const auto& entry : kStates) {
    if (entry.name == name) return entry.value;
  }
  return absl::InvalidArgumentError("not a key state: expected announced, active, retired or revoked");
}

Key::Key(V4LocalKey key, KeyAttributes attributes)
    : kind_(kV4Local), label_(MakeLabel(PaserkId(key), std::move(attributes))) {
  v4_local_ = std::make_shared<const V4LocalKey>(std::move(key));
}

Key::Key(V4SecretKey key, KeyAttributes attributes)
    : kind_(kV4Public),
      label_(MakeLabel(PaserkId(key.public_key()), std::move(attributes))),
      v4_public_(key.public_key()) {
  v4_secret_ = std::make_shared<const V4SecretKey>(std::move(key));
}

Key::Key(V4PublicKey key, KeyAttributes attributes)
    : kind_(kV4Public), label_(MakeLabel(PaserkId(key), std::move(attributes))), v4_public_(key) {}

Key::Key(V3LocalKey key, KeyAttributes attributes)
    : kind_(kV3Local), label_(MakeLabel(PaserkId(key), std::move(attributes))) {
  v3_local_ = std::make_shared<const V3LocalKey>(std::move(key));
}

Key::Key(V3PublicKey key, KeyAttributes attributes)
    : kind_(kV3Public), label_(MakeLabel(PaserkId(key), std::move(attributes))), v3_public_(std::move(key)) {}

Key::Key(LegacyKey key, KeyAttributes attributes)
    : kind_(LegacyKeyKind(key)),
      label_(MakeLabel(LegacyKeyId(key), std::move(attributes))),
      legacy_(std::make_shared<const LegacyKey>(std::move(key))) {}

absl::StatusOr<Key> Key::Create(V3SecretKey key, KeyAttributes attributes) {
  absl::StatusOr<V3PublicKey> half = key.public_key();
  if (!half.ok()) return half.status();
  Key pair(*std::move(half), std::move(attributes));
  pair.v3_secret_ = std::make_shared<const V3SecretKey>(std::move(key));
  return pair;
}

const V4LocalKey* Key::v4_local() const { return v4_local_.get(); }

const V4SecretKey* Key::v4_secret() const { return v4_secret_.get(); }

const V4PublicKey* Key::v4_public() const { return v4_public_.has_value() ? &*v4_public_ : nullptr; }

const V3LocalKey* Key::v3_local() const { return v3_local_.get(); }

const V3SecretKey* Key::v3_secret() const { return v3_secret_.get(); }

const V3PublicKey* Key::v3_public() const { return v3_public_.has_value() ? &*v3_public_ : nullptr; }

absl::Status Key::CheckAttributes() const {
  const KeyAttributes& all = attributes();
  if (all.use != KeyUse::kForeign) {
    if (!all.foreign_claims.empty()) return ForeignOnly("claims is");
    if (all.integer_subject) return ForeignOnly("integer_subject is");
    if (!all.aliases.empty()) return ForeignOnly("aliases is");
    if (legacy_ != nullptr) return ForeignOnly("versions 2 and 1 are");
  }
  for (const std::string& alias : all.aliases) {
    if (!IsAlias(alias)) {
      return absl::InvalidArgumentError(
          absl::StrCat("an alias is 1 to ", kMaxAliasBytes, " printable ASCII characters without '\"' and '\\'"));
    }
    if (LooksLikePaserk(alias)) {
      return absl::InvalidArgumentError("an alias looks like a PASERK text; a key is named by its own id without one");
    }
  }
  return absl::OkStatus();
}

SecretBytes Key::Paserk(InsecureSecretAccess access) const {
  if (v4_local_ != nullptr) return PaserkEncode(*v4_local_, access);
  if (v4_secret_ != nullptr) return PaserkEncode(*v4_secret_, access);
  if (v3_local_ != nullptr) return PaserkEncode(*v3_local_, access);
  if (v3_secret_ != nullptr) return PaserkEncode(*v3_secret_, access);
  if (legacy_ != nullptr) return LegacyKeyText(*legacy_, access);
  return SecretBytes::CopyFrom(PublicPaserk());
}

std::string Key::PublicPaserk() const {
  if (v4_public_.has_value()) return PaserkEncode(*v4_public_);
  if (v3_public_.has_value()) return PaserkEncode(*v3_public_);
  return legacy_ != nullptr ? LegacyPublicKeyText(*legacy_) : std::string();
}

bool Key::CanSign() const {
  const bool is_secret = v4_secret_ != nullptr || v4_local_ != nullptr || v3_secret_ != nullptr || v3_local_ != nullptr;
  return is_secret && attributes().state == KeyState::kActive;
}

bool Key::CanVerify() const { return attributes().state != KeyState::kRevoked; }

Key Key::With(KeyAttributes attributes) const {
  Key copy = *this;
  copy.label_ = MakeLabel(id(), std::move(attributes));
  return copy;
}

absl::optional<Key> Key::PublicHalf() const {
  if (v4_public_.has_value()) return Key(*v4_public_, attributes());
  if (v3_public_.has_value()) return Key(*v3_public_, attributes());
  if (legacy_ != nullptr && kind_.purpose == Purpose::kPublic) return *this;  // it has no other half
  return absl::nullopt;
}

}  // namespace paseto
