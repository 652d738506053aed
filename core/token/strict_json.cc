#include "grpc_paseto/core/token/strict_json.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/json_outline.h"

namespace paseto {

// What parsing needs besides the text, kept from one text to the next.
struct StrictJson::Workspace {
  std::vector<uint8_t> padded;  // simdjson reads a few bytes past the end
  simdjson::dom::parser parser;
  std::vector<MemberOutline> outline;
  std::vector<JsonMember> members;
  bool wipe = false;
};

namespace {

using simdjson::dom::element;

// A workspace that grew past this is not kept.
constexpr size_t kMaxKeptBytes = 128 * 1024;
// Up to so many names are compared each with each.
constexpr size_t kFewNames = 16;

thread_local std::unique_ptr<StrictJson::Workspace> spare_workspace;

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

// A word that equal names share, so that most names are told apart without comparing them: of a short name, bytes from
// its beginning, middle and end.
uint64_t Digest(std::string_view name) {
  const size_t size = name.size();
  uint64_t word = 0;
  if (size >= 8) {
    std::memcpy(&word, name.data() + size - 8, 8);
  } else if (size >= 4) {
    uint32_t first, last;
    std::memcpy(&first, name.data(), 4);
    std::memcpy(&last, name.data() + size - 4, 4);
    word = uint64_t{first} << 32 | last;
  } else if (size > 0) {
    word = uint64_t(name[0]) << 16 ^ uint64_t(name[size / 2]) << 8 ^ uint64_t(name[size - 1]);
  }
  return word ^ (uint64_t{size} << 56);
}

// REQUIRES: at most kFewNames names.
bool FewNamesRepeat(const simdjson::dom::object& object) {
  std::array<std::string_view, kFewNames> names;
  size_t count = 0;
  uint64_t hashes = 0;  // a bit for each of 64 hashes: most names are the first with theirs
  for (const auto field : object) {
    const std::string_view name = field.key;
    const uint64_t hash = uint64_t{1} << (Digest(name) * 0x9E3779B97F4A7C15 >> 58);
    if ((hashes & hash) != 0 && std::find(names.begin(), names.begin() + count, name) != names.begin() + count) {
      return true;
    }
    hashes |= hash;
    names[count++] = name;
  }
  return false;
}

bool NamesRepeat(const simdjson::dom::object& object) {
  if (object.size() <= kFewNames) return FewNamesRepeat(object);
  std::vector<std::string_view> names;
  for (const auto field : object) names.push_back(field.key);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

bool NamesRepeatAnywhere(element value);

bool NamesRepeatBelow(element value) { return (value.is_object() || value.is_array()) && NamesRepeatAnywhere(value); }

// Looks at every object in `value`. The depth of recursion is bounded by the outline's limit.
bool NamesRepeatAnywhere(element value) {
  if (simdjson::dom::object object; value.get(object) == simdjson::SUCCESS) {
    if (NamesRepeat(object)) return true;
    return std::any_of(object.begin(), object.end(), [](const auto& field) { return NamesRepeatBelow(field.value); });
  }
  if (simdjson::dom::array array; value.get(array) == simdjson::SUCCESS) {
    return std::any_of(array.begin(), array.end(), NamesRepeatBelow);
  }
  return false;
}

// simdjson writes a length and a zero beside each string, so at most 5 bytes for the 3 of `"",`; it allocates by the
// same reckoning.
void Wipe(StrictJson::Workspace* workspace) {
  const size_t padded_bytes = workspace->padded.size();
  if (uint8_t* strings = workspace->parser.doc.string_buf.get(); strings != nullptr) {
    sodium_memzero(strings, 5 * (padded_bytes - simdjson::SIMDJSON_PADDING) / 3);
  }
  sodium_memzero(workspace->padded.data(), padded_bytes);
}

}  // namespace

void StrictJson::GiveBack::operator()(Workspace* workspace) const {
  std::unique_ptr<Workspace> owned(workspace);
  if (owned->wipe) {
    Wipe(owned.get());
  } else if (owned->padded.capacity() <= kMaxKeptBytes) {
    spare_workspace = std::move(owned);
  }
}

absl::StatusOr<StrictJson> StrictJson::Parse(absl::string_view text, const JsonLimits& limits, JsonContent content) {
  if (text.size() > limits.max_bytes) {
    return absl::InvalidArgumentError(absl::StrCat("json is longer than ", limits.max_bytes, " bytes"));
  }
  if (!StartsLikeJsonObject(text)) return absl::InvalidArgumentError("not a json object");
  const bool secret = content == JsonContent::kSecret;
  OwnedWorkspace workspace(spare_workspace && !secret ? spare_workspace.release() : new Workspace);
  workspace->wipe = secret;
  workspace->members.clear();
  if (absl::Status status = OutlineObject(text, limits.max_depth, limits.max_keys, &workspace->outline); !status.ok()) {
    return status;
  }

  workspace->padded.resize(text.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(workspace->padded.data(), text.data(), text.size());
  element root;
  simdjson::dom::object object;
  const simdjson::error_code error =
      workspace->parser.parse(workspace->padded.data(), text.size(), /*realloc_if_needed=*/false).get(root);
  if (error != simdjson::SUCCESS) {
    return absl::InvalidArgumentError(absl::StrCat("not strict json: ", simdjson::error_message(error)));
  }
  if (root.get(object) != simdjson::SUCCESS) return absl::InvalidArgumentError("not a json object");
  if (NamesRepeatAnywhere(root)) return absl::InvalidArgumentError("json has a duplicate name");
  for (const auto field : object) {
    const size_t index = workspace->members.size();
    if (index == workspace->outline.size()) return absl::InternalError("json outline disagrees with the parser");
    const MemberOutline& outline = workspace->outline[index];
    workspace->members.push_back({ToAbsl(field.key), outline.raw_name, outline.raw_value, field.value});
  }
  return StrictJson(std::move(workspace));
}

absl::Span<const JsonMember> StrictJson::members() const { return workspace_->members; }

const JsonMember* StrictJson::Find(absl::string_view name) const {
  for (const JsonMember& member : workspace_->members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

absl::optional<absl::string_view> AsString(element value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return absl::nullopt;
  return ToAbsl(text);
}

absl::optional<bool> AsBool(element value) {
  bool flag = false;
  if (value.get(flag) != simdjson::SUCCESS) return absl::nullopt;
  return flag;
}

bool StartsLikeJsonObject(absl::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != absl::string_view::npos && text[first] == '{';
}

}  // namespace paseto
