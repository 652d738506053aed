#include "grpc_paseto/core/token/key_file.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/core/token/claim_reader.h"
#include "grpc_paseto/core/token/strict_json.h"

namespace paseto {
namespace {

constexpr JsonLimits kFileLimits{1024 * 1024, 4, 16384};

absl::Status EntryError(size_t index, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("key file: keys[", index, "]: ", why));
}

// One entry's members, still as texts.
struct Entry {
  absl::optional<absl::string_view> paserk, use, state;
  std::vector<std::string> claims, aliases;
  bool integer_subject = false;
};

absl::Status ReadClaimNames(simdjson::dom::element value, std::vector<std::string>* names) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return absl::InvalidArgumentError("claims is not an array");
  for (const simdjson::dom::element item : array) {
    const absl::optional<absl::string_view> name = AsString(item);
    const ClaimReader* reader = name.has_value() ? FindClaimReader(*name) : nullptr;
    if (reader == nullptr || !reader->is_own) {
      return absl::InvalidArgumentError("claims holds something else than names of our own claims (sid, scope, ...)");
    }
    names->emplace_back(*name);
  }
  return absl::OkStatus();
}

absl::Status ReadAliases(simdjson::dom::element value, std::vector<std::string>* aliases) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return absl::InvalidArgumentError("aliases is not an array");
  for (const simdjson::dom::element item : array) {
    const absl::optional<absl::string_view> alias = AsString(item);
    if (!alias.has_value()) return absl::InvalidArgumentError("aliases holds something else than strings");
    aliases->emplace_back(*alias);
  }
  return absl::OkStatus();
}

absl::StatusOr<Entry> ReadEntry(simdjson::dom::element value) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return absl::InvalidArgumentError("not an object");
  Entry entry;
  for (const auto field : object) {
    if (field.key == "paserk") {
      entry.paserk = AsString(field.value);
    } else if (field.key == "use") {
      entry.use = AsString(field.value);
    } else if (field.key == "state") {
      entry.state = AsString(field.value);
    } else if (field.key == "claims") {
      if (absl::Status status = ReadClaimNames(field.value, &entry.claims); !status.ok()) return status;
    } else if (field.key == "aliases") {
      if (absl::Status status = ReadAliases(field.value, &entry.aliases); !status.ok()) return status;
    } else if (field.key == "integer_subject") {
      const absl::optional<bool> integer_subject = AsBool(field.value);
      if (!integer_subject.has_value()) return absl::InvalidArgumentError("integer_subject is not true or false");
      entry.integer_subject = *integer_subject;
    } else {
      return absl::InvalidArgumentError(
          "unknown member; expected paserk, use, state, claims, integer_subject or aliases");
    }
  }
  if (!entry.paserk.has_value()) return absl::InvalidArgumentError("paserk is missing or not a string");
  if (!entry.use.has_value()) return absl::InvalidArgumentError("use is missing or not a string");
  if (!entry.state.has_value()) return absl::InvalidArgumentError("state is missing or not a string");
  return entry;
}

template <typename Material>
absl::StatusOr<Key> MakeKey(absl::StatusOr<Material> material, KeyAttributes attributes) {
  if (!material.ok()) return material.status();
  return Key(*std::move(material), std::move(attributes));
}

absl::StatusOr<Key> ParseKey(absl::string_view paserk, KeyAttributes attributes) {
  if (absl::StartsWith(paserk, "k4.local.")) return MakeKey(ParsePaserkV4Local(paserk), std::move(attributes));
  if (absl::StartsWith(paserk, "k4.secret.")) return MakeKey(ParsePaserkV4Secret(paserk), std::move(attributes));
  if (absl::StartsWith(paserk, "k4.public.")) return MakeKey(ParsePaserkV4Public(paserk), std::move(attributes));
  if (absl::StartsWith(paserk, "k3.local.")) return MakeKey(ParsePaserkV3Local(paserk), std::move(attributes));
  if (absl::StartsWith(paserk, "k3.public.")) return MakeKey(ParsePaserkV3Public(paserk), std::move(attributes));
  if (absl::StartsWith(paserk, "k3.secret.")) {
    absl::StatusOr<V3SecretKey> secret = ParsePaserkV3Secret(paserk);
    if (!secret.ok()) return secret.status();
    return Key::Create(*std::move(secret), std::move(attributes));
  }
  if (absl::StartsWith(paserk, "k2.") || absl::StartsWith(paserk, "k1.")) {
    return MakeKey(ParseLegacyKey(paserk), std::move(attributes));
  }
  return absl::InvalidArgumentError("paserk is not a local, secret or public text of k4 or k3");
}

absl::StatusOr<Key> BuildKey(Entry entry) {
  const absl::StatusOr<KeyUse> use = ParseKeyUse(*entry.use);
  if (!use.ok()) return use.status();
  const absl::StatusOr<KeyState> state = ParseKeyState(*entry.state);
  if (!state.ok()) return state.status();
  absl::StatusOr<Key> key = ParseKey(*entry.paserk, KeyAttributes{*use, *state, std::move(entry.claims),
                                                                  entry.integer_subject, std::move(entry.aliases)});
  if (!key.ok()) return key;
  if (absl::Status status = key->CheckAttributes(); !status.ok()) return status;
  return key;
}

// What follows the paserk in a key's entry.
std::string AttributesText(const KeyAttributes& attributes) {
  std::string text = absl::StrCat("\", \"use\": \"", KeyUseName(attributes.use), "\", \"state\": \"",
                                  KeyStateName(attributes.state), "\"");
  const auto append_names = [&text](absl::string_view member, const std::vector<std::string>& names) {
    if (names.empty()) return;
    absl::StrAppend(&text, ", \"", member, "\": [\"", absl::StrJoin(names, "\", \""), "\"]");
  };
  append_names("claims", attributes.foreign_claims);
  if (attributes.integer_subject) absl::StrAppend(&text, ", \"integer_subject\": true");
  append_names("aliases", attributes.aliases);
  return absl::StrCat(text, "}");
}

}  // namespace

absl::StatusOr<std::vector<Key>> ParseKeyFile(absl::string_view json) {
  const absl::StatusOr<StrictJson> file = StrictJson::Parse(json, kFileLimits, JsonContent::kSecret);
  if (!file.ok()) return absl::InvalidArgumentError(absl::StrCat("key file: ", file.status().message()));
  const JsonMember* list = file->Find("keys");
  simdjson::dom::array entries;
  if (list == nullptr || file->members().size() != 1 || list->value.get(entries) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError("key file: expected one member, keys, that is an array");
  }
  std::vector<Key> keys;
  for (const simdjson::dom::element item : entries) {
    const size_t index = keys.size();
    absl::StatusOr<Entry> entry = ReadEntry(item);
    if (!entry.ok()) return EntryError(index, entry.status().message());
    absl::StatusOr<Key> key = BuildKey(*std::move(entry));
    if (!key.ok()) return EntryError(index, key.status().message());
    keys.push_back(*std::move(key));
  }
  return keys;
}

SecretBytes EncodeKeyFile(absl::Span<const Key> keys, InsecureSecretAccess access) {
  // Room for everything at once: a text that grows would leave copies of secrets behind.
  size_t room = 64;
  for (const Key& key : keys) room += 512 + AttributesText(key.attributes()).size();
  std::string text;
  text.reserve(room);
  text += "{\"keys\": [";
  for (size_t i = 0; i < keys.size(); ++i) {
    text += i == 0 ? "\n  {\"paserk\": \"" : ",\n  {\"paserk\": \"";
    const SecretBytes paserk = keys[i].Paserk(access);
    const absl::Span<const uint8_t> bytes = paserk.Read(access);
    text.append(bytes.begin(), bytes.end());
    text += AttributesText(keys[i].attributes());
  }
  text += "\n]}\n";
  SecretBytes encoded = SecretBytes::CopyFrom(text);
  sodium_memzero(text.data(), text.size());
  return encoded;
}

}  // namespace paseto
