#include "grpc_paseto/core/token/key.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

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
    : kind_(kV4Local), attributes_(std::move(attributes)), id_(PaserkId(key)) {
  v4_local_ = std::make_shared<const V4LocalKey>(std::move(key));
}

Key::Key(V4SecretKey key, KeyAttributes attributes)
    : kind_(kV4Public),
      attributes_(std::move(attributes)),
      id_(PaserkId(key.public_key())),
      v4_public_(key.public_key()) {
  v4_secret_ = std::make_shared<const V4SecretKey>(std::move(key));
}

Key::Key(V4PublicKey key, KeyAttributes attributes)
    : kind_(kV4Public), attributes_(std::move(attributes)), id_(PaserkId(key)), v4_public_(key) {}

const V4LocalKey* Key::v4_local() const { return v4_local_.get(); }

const V4SecretKey* Key::v4_secret() const { return v4_secret_.get(); }

const V4PublicKey* Key::v4_public() const { return v4_public_.has_value() ? &*v4_public_ : nullptr; }

bool Key::CanSign() const {
  return attributes_.state == KeyState::kActive && (v4_secret_ != nullptr || v4_local_ != nullptr);
}

bool Key::CanVerify() const { return attributes_.state != KeyState::kRevoked; }

Key Key::With(KeyAttributes attributes) const {
  Key copy = *this;
  copy.attributes_ = std::move(attributes);
  return copy;
}

absl::optional<Key> Key::PublicHalf() const {
  if (!v4_public_.has_value()) return absl::nullopt;
  return Key(*v4_public_, attributes_);
}

}  // namespace paseto
