#include "grpc_paseto/core/token/footer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpc_paseto/core/token/json_object_writer.h"
#include "grpc_paseto/core/token/strict_json.h"
#include "grpc_paseto/core/token/token_error.h"

namespace paseto {
namespace {

constexpr JsonLimits kFooterLimits{kMaxFooterBytes, kMaxFooterDepth, kMaxFooterKeys};
// `"kid":"k4.pid.`, 44 characters and `",`: what Render adds to the caller's members.
constexpr size_t kKeyIdMemberBytes = 60;
constexpr JsonLimits kCallerFooterLimits{kMaxFooterBytes - kKeyIdMemberBytes, kMaxFooterDepth, kMaxFooterKeys - 1};

// The type of a PASERK text: "local-wrap" for "k4.local-wrap....". Empty for other text.
absl::string_view PaserkType(absl::string_view text) {
  if (text.size() < 3 || text[0] != 'k' || text[1] < '1' || text[1] > '4' || text[2] != '.') return "";
  text.remove_prefix(3);
  const size_t end = text.find('.');
  return end == absl::string_view::npos ? "" : text.substr(0, end);
}

bool StartsWithKeyMaterial(absl::string_view text) {
  const absl::string_view type = PaserkType(text);
  return type == "local" || type == "public" || type == "secret" || type == "local-pw" || type == "secret-pw";
}

// Anywhere but in the middle of a word.
bool HoldsKeyMaterial(absl::string_view text) {
  for (size_t at = text.find('k'); at != absl::string_view::npos; at = text.find('k', at + 1)) {
    const bool begins_word = at == 0 || !absl::ascii_isalnum(static_cast<unsigned char>(text[at - 1]));
    if (begins_word && StartsWithKeyMaterial(text.substr(at))) return true;
  }
  return false;
}

// PASERK allows these in a footer. local-wrap and secret-wrap name the wrapping protocol before the data.
bool IsWrappedKey(absl::string_view text) {
  const absl::string_view type = PaserkType(text);
  if (type != "local-wrap" && type != "secret-wrap" && type != "seal") return false;
  absl::string_view data = text.substr(4 + type.size());
  if (type != "seal" && !absl::ConsumePrefix(&data, "pie.")) return false;
  return !data.empty() && data.find('.') == absl::string_view::npos;
}

// REQUIRES: a shallow value; the footer's depth limit makes it so.
bool HoldsKeyMaterial(simdjson::dom::element value) {
  if (const absl::optional<absl::string_view> text = AsString(value); text.has_value()) return HoldsKeyMaterial(*text);
  if (simdjson::dom::object object; value.get(object) == simdjson::SUCCESS) {
    return std::any_of(object.begin(), object.end(), [](const auto& field) {
      return HoldsKeyMaterial(absl::string_view(field.key.data(), field.key.size())) || HoldsKeyMaterial(field.value);
    });
  }
  if (simdjson::dom::array array; value.get(array) == simdjson::SUCCESS) {
    return std::any_of(array.begin(), array.end(), [](auto item) { return HoldsKeyMaterial(item); });
  }
  return false;
}

bool HoldsKeyMaterial(const StrictJson& footer) {
  return std::any_of(footer.members().begin(), footer.members().end(), [](const JsonMember& member) {
    return HoldsKeyMaterial(member.name) || HoldsKeyMaterial(member.value);
  });
}

// A footer that is not a JSON object. Where it is other JSON within the limits, its strings count as they read.
bool OtherHoldsKeyMaterial(absl::string_view footer) {
  if (HoldsKeyMaterial(footer)) return true;
  if (footer.find('\\') == absl::string_view::npos) return false;  // it reads as it stands
  const std::string as_object = absl::StrCat("{\"\":", footer, "}");
  constexpr JsonLimits kLimits{kMaxFooterBytes + sizeof("{\"\":}"), kMaxFooterDepth + 1, kMaxFooterKeys + 1};
  const absl::StatusOr<StrictJson> json = StrictJson::Parse(as_object, kLimits);
  return json.ok() && HoldsKeyMaterial(*json);
}

absl::Status KeyInFooterError() {
  return absl::InvalidArgumentError("footer: it holds a key, and a footer can be read by anyone; leave the key out");
}

absl::Status Malformed(absl::string_view why) {
  return MakeTokenError(TokenError::kMalformed, absl::StrCat("the footer is malformed: ", why));
}

}  // namespace

absl::StatusOr<Footer> Footer::Json(std::string json) {
  const absl::StatusOr<StrictJson> parsed = StrictJson::Parse(json, kCallerFooterLimits);
  if (!parsed.ok()) return absl::InvalidArgumentError(absl::StrCat("footer: ", parsed.status().message()));
  if (parsed->Find("kid") != nullptr) {
    return absl::InvalidArgumentError("footer: the name kid is taken by the key id; use another");
  }
  if (parsed->Find("wpk") != nullptr) return absl::InvalidArgumentError("footer: wpk is not accepted; leave it out");
  if (HoldsKeyMaterial(*parsed)) return KeyInFooterError();
  return Footer(Form::kJson, std::move(json));
}

absl::StatusOr<Footer> Footer::Verbatim(std::string bytes) {
  if (bytes.empty()) return absl::InvalidArgumentError("footer: it is empty; leave the footer out");
  if (bytes.size() > kMaxFooterBytes) {
    return absl::InvalidArgumentError(absl::StrCat("footer: it is longer than ", kMaxFooterBytes, " bytes"));
  }
  if (StartsLikeJsonObject(bytes)) {
    return absl::InvalidArgumentError("footer: it reads as a json object; give it as a json footer");
  }
  if (OtherHoldsKeyMaterial(bytes)) return KeyInFooterError();
  return Footer(Form::kVerbatim, std::move(bytes));
}

std::string Footer::Render(const KeyId& kid) const {
  if (form_ == Form::kVerbatim) return content_;
  JsonObjectWriter writer;
  writer.String("kid", kid.text());
  if (form_ == Form::kJson) writer.MembersOf(content_);
  return *std::move(writer).Finish();
}

absl::StatusOr<absl::optional<std::string>> ReadFooterKid(absl::string_view footer) {
  if (!StartsLikeJsonObject(footer)) {
    if (OtherHoldsKeyMaterial(footer)) return Malformed("it holds a key");
    return absl::nullopt;
  }
  const absl::StatusOr<StrictJson> json = StrictJson::Parse(footer, kFooterLimits);
  if (!json.ok()) return Malformed(json.status().message());
  if (HoldsKeyMaterial(*json)) return Malformed("it holds a key");
  if (const JsonMember* wpk = json->Find("wpk"); wpk != nullptr) {
    const absl::optional<absl::string_view> text = AsString(wpk->value);
    if (!text.has_value() || !IsWrappedKey(*text)) return Malformed("wpk is not a wrapped or sealed key");
  }
  const JsonMember* kid = json->Find("kid");
  if (kid == nullptr) return absl::nullopt;
  const absl::optional<absl::string_view> text = AsString(kid->value);
  if (!text.has_value()) return Malformed("kid is not a string");
  return absl::optional<std::string>(std::string(*text));
}

absl::StatusOr<absl::optional<KeyId>> ReadFooterKeyId(absl::string_view footer) {
  const absl::StatusOr<absl::optional<std::string>> kid = ReadFooterKid(footer);
  if (!kid.ok()) return kid.status();
  if (!kid->has_value()) return absl::nullopt;
  absl::StatusOr<KeyId> id = KeyId::Parse(**kid);
  if (!id.ok()) return Malformed("kid is not a key id of k4 or k3");
  return absl::optional<KeyId>(*std::move(id));
}

}  // namespace paseto
