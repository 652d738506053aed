#include "grpc_paseto/core/token/claim_reader.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/token/rfc3339.h"

namespace paseto {
namespace {

constexpr uint64_t kMaxExactInteger = (uint64_t{1} << 53) - 1;  // what every JSON reader keeps exactly
constexpr size_t kSha256Bytes = 32;

bool ReadText(const JsonMember& member, std::string* text) {
  const absl::optional<absl::string_view> value = AsString(member.value);
  if (!value.has_value()) return false;
  text->assign(value->data(), value->size());
  return true;
}

template <typename Id>
bool ReadId(const JsonMember& member, Id* id) {
  std::string text;
  if (!ReadText(member, &text)) return false;
  *id = Id(std::move(text));
  return true;
}

bool ReadDate(const JsonMember& member, absl::optional<absl::Time>* date) {
  const absl::optional<absl::string_view> text = AsString(member.value);
  if (!text.has_value()) return false;
  *date = ParseRfc3339(*text);
  return date->has_value();
}

template <typename Integer>
bool ReadInteger(const JsonMember& member, absl::optional<Integer>* integer) {
  uint64_t value = 0;
  if (!member.value.is_uint64() || member.value.get(value) != simdjson::SUCCESS || value > kMaxExactInteger)
    return false;
  *integer = static_cast<Integer>(value);
  return true;
}

// The one spelling that an integer has: -0, 1.0 and 1e3 are none.
bool ReadIntegerSubject(const JsonMember& member, Claims* claims) {
  if (ReadText(member, &claims->subject)) return true;
  absl::optional<uint64_t> integer;
  if (!ReadInteger(member, &integer)) return false;
  claims->subject = absl::StrCat(*integer);
  return claims->subject == member.raw_value;
}

bool ReadBytes(simdjson::dom::element value, std::string* bytes) {
  const absl::optional<absl::string_view> text = AsString(value);
  if (!text.has_value()) return false;
  absl::StatusOr<std::string> decoded = Base64UrlDecode(*text);
  if (!decoded.ok()) return false;
  *bytes = *std::move(decoded);
  return true;
}

bool ReadAudience(const JsonMember& member, Claims* claims) {
  if (const absl::optional<absl::string_view> one = AsString(member.value); one.has_value()) {
    claims->audiences.emplace_back(*one);
    return true;
  }
  simdjson::dom::array several;
  if (member.value.get(several) != simdjson::SUCCESS) return false;
  for (const simdjson::dom::element item : several) {
    const absl::optional<absl::string_view> audience = AsString(item);
    if (!audience.has_value()) return false;
    claims->audiences.emplace_back(*audience);
  }
  return !claims->audiences.empty();
}

bool ReadFresh(const JsonMember& member, Claims* claims) {
  claims->fresh = AsBool(member.value);
  return claims->fresh.has_value();
}

bool ReadScope(const JsonMember& member, Claims* claims) {
  const absl::optional<absl::string_view> text = AsString(member.value);
  if (!text.has_value()) return false;
  if (text->empty()) return true;
  for (const absl::string_view scope : absl::StrSplit(*text, ' ')) {
    if (scope.empty()) return false;
    claims->scopes.emplace_back(scope);
  }
  return true;
}

bool ReadActor(const JsonMember& member, Claims* claims) {
  claims->actor_json = std::string(member.raw_value);
  return member.value.is_object();
}

// Another method of confirmation, unknown here, must not be passed over: the token would lose its binding.
bool ReadConfirmation(const JsonMember& member, Claims* claims) {
  simdjson::dom::object methods;
  if (member.value.get(methods) != simdjson::SUCCESS || methods.size() != 1) return false;
  simdjson::dom::element thumbprint;
  return methods.at_key("x5t#S256").get(thumbprint) == simdjson::SUCCESS &&
         ReadBytes(thumbprint, &claims->certificate_thumbprint_sha256) &&
         claims->certificate_thumbprint_sha256.size() == kSha256Bytes;
}

constexpr absl::string_view kString = "a string";
constexpr absl::string_view kDate = "an RFC 3339 date";
constexpr absl::string_view kInteger = "an integer from 0 to 2^53 - 1";

constexpr ClaimReader kReaders[] = {
    {"iss", kString, false, [](const JsonMember& m, Claims* c) { return ReadText(m, &c->issuer); }},
    {"sub", kString, false, [](const JsonMember& m, Claims* c) { return ReadText(m, &c->subject); }},
    {"aud", "a string or an array of strings", false, ReadAudience},
    {"exp", kDate, false, [](const JsonMember& m, Claims* c) { return ReadDate(m, &c->expires_at); }},
    {"nbf", kDate, false, [](const JsonMember& m, Claims* c) { return ReadDate(m, &c->not_before); }},
    {"iat", kDate, false, [](const JsonMember& m, Claims* c) { return ReadDate(m, &c->issued_at); }},
    {"jti", kString, false, [](const JsonMember& m, Claims* c) { return ReadId(m, &c->token_id); }},
    {"type", kString, false, [](const JsonMember& m, Claims* c) { return ReadText(m, &c->type); }},
    {"fresh", "true or false", false, ReadFresh},
    {"sid", kString, true, [](const JsonMember& m, Claims* c) { return ReadId(m, &c->session_id); }},
    {"gen", kInteger, true, [](const JsonMember& m, Claims* c) { return ReadInteger(m, &c->generation); }},
    {"tag", "base64url", true, [](const JsonMember& m, Claims* c) { return ReadBytes(m.value, &c->tag); }},
    {"rev", kInteger, true, [](const JsonMember& m, Claims* c) { return ReadInteger(m, &c->revision); }},
    {"client_id", kString, true, [](const JsonMember& m, Claims* c) { return ReadId(m, &c->client_id); }},
    {"scope", "a string of scopes separated by single spaces", true, ReadScope},
    {"auth_time", kDate, true, [](const JsonMember& m, Claims* c) { return ReadDate(m, &c->auth_time); }},
    {"act", "an object", true, ReadActor},
    {"cnf", "an object with only an x5t#S256 thumbprint", true, ReadConfirmation},
};

constexpr ClaimReader kIntegerSubject = {"sub", "a string or an integer from 0 to 2^53 - 1", false, ReadIntegerSubject};

}  // namespace

const ClaimReader* FindClaimReader(absl::string_view name, bool integer_subject) {
  if (integer_subject && name == kIntegerSubject.name) return &kIntegerSubject;
  for (const ClaimReader& reader : kReaders) {
    if (reader.name.size() == name.size() && reader.name[0] == name[0] && reader.name == name) return &reader;
  }
  return nullptr;
}

}  // namespace paseto
