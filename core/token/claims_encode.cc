#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/core/paseto/base64url.h"
#include "grpc_paseto/core/token/claims.h"
#include "grpc_paseto/core/token/json_object_writer.h"
#include "grpc_paseto/core/token/json_outline.h"
#include "grpc_paseto/core/token/rfc3339.h"
#include "grpc_paseto/core/token/strict_json.h"

namespace paseto {
namespace {

constexpr JsonLimits kPayloadLimits{kMaxPayloadBytes, kMaxPayloadDepth, kMaxPayloadKeys};
constexpr uint64_t kMaxExactInteger = (uint64_t{1} << 53) - 1;
constexpr size_t kSha256Bytes = 32;

absl::Status CheckScopes(const Claims& claims) {
  for (const std::string& scope : claims.scopes) {
    if (scope.empty() || scope.find(' ') != std::string::npos) {
      return absl::InvalidArgumentError("a scope is empty or has a space in it");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOwnClaims(const Claims& claims) {
  if (claims.generation.value_or(0) > kMaxExactInteger) return absl::InvalidArgumentError("gen is 2^53 or more");
  const int64_t revision = claims.revision.value_or(0);
  if (revision < 0 || static_cast<uint64_t>(revision) > kMaxExactInteger) {
    return absl::InvalidArgumentError("rev is negative, or 2^53 or more");
  }
  const size_t thumbprint_bytes = claims.certificate_thumbprint_sha256.size();
  if (thumbprint_bytes != 0 && thumbprint_bytes != kSha256Bytes) {
    return absl::InvalidArgumentError(absl::StrCat("x5t#S256 has ", thumbprint_bytes, " bytes, expected 32"));
  }
  if (!claims.actor_json.empty()) {
    const absl::StatusOr<StrictJson> actor = StrictJson::Parse(claims.actor_json, kPayloadLimits);
    if (!actor.ok()) return absl::InvalidArgumentError(absl::StrCat("act: ", actor.status().message()));
  }
  return CheckScopes(claims);
}

absl::Status WriteDate(absl::string_view name, const absl::optional<absl::Time>& date, JsonObjectWriter* writer) {
  if (!date.has_value()) return absl::OkStatus();
  const absl::optional<std::string> text = FormatRfc3339(*date);
  if (!text.has_value()) return absl::InvalidArgumentError(absl::StrCat(name, " lies outside the years 1 to 9999"));
  writer->String(name, *text);
  return absl::OkStatus();
}

void WriteText(absl::string_view name, absl::string_view text, JsonObjectWriter* writer) {
  if (!text.empty()) writer->String(name, text);
}

absl::Status WriteRegistered(const Claims& claims, JsonObjectWriter* writer) {
  WriteText("iss", claims.issuer, writer);
  WriteText("sub", claims.subject, writer);
  if (claims.audiences.size() == 1) writer->String("aud", claims.audiences.front());
  if (claims.audiences.size() > 1) writer->Strings("aud", claims.audiences);
  absl::Status status = WriteDate("exp", claims.expires_at, writer);
  status.Update(WriteDate("nbf", claims.not_before, writer));
  status.Update(WriteDate("iat", claims.issued_at, writer));
  WriteText("jti", claims.token_id.text(), writer);
  return status;
}

absl::Status WriteOwn(const Claims& claims, JsonObjectWriter* writer) {
  WriteText("type", claims.type, writer);
  if (claims.fresh.has_value()) writer->Bool("fresh", *claims.fresh);
  WriteText("sid", claims.session_id.text(), writer);
  if (claims.generation.has_value()) writer->Number("gen", *claims.generation);
  if (!claims.tag.empty()) writer->String("tag", Base64UrlEncode(claims.tag));
  if (claims.revision.has_value()) writer->Number("rev", *claims.revision);
  WriteText("client_id", claims.client_id.text(), writer);
  WriteText("scope", absl::StrJoin(claims.scopes, " "), writer);
  const absl::Status status = WriteDate("auth_time", claims.auth_time, writer);
  if (!claims.actor_json.empty()) writer->Raw("act", claims.actor_json);
  if (!claims.certificate_thumbprint_sha256.empty()) {
    JsonObjectWriter confirmation;
    confirmation.String("x5t#S256", Base64UrlEncode(claims.certificate_thumbprint_sha256));
    writer->Raw("cnf", *std::move(confirmation).Finish());
  }
  return status;
}

// Each part was checked by itself, and is JSON; the limits hold for the whole.
absl::Status CheckLimits(absl::string_view payload) {
  if (payload.size() > kMaxPayloadBytes) {
    return absl::InvalidArgumentError(absl::StrCat("claims: longer than ", kMaxPayloadBytes, " bytes"));
  }
  std::vector<MemberOutline> members;
  const absl::Status status = OutlineObject(payload, kMaxPayloadDepth, kMaxPayloadKeys, &members);
  return status.ok() ? status : absl::InvalidArgumentError(absl::StrCat("claims: ", status.message()));
}

}  // namespace

absl::StatusOr<std::string> EncodeClaims(const Claims& claims) {
  absl::Status status = CheckOwnClaims(claims);
  if (!claims.custom_json.empty()) status.Update(CheckCustomClaims(claims.custom_json));
  JsonObjectWriter writer;
  status.Update(WriteRegistered(claims, &writer));
  status.Update(WriteOwn(claims, &writer));
  if (!status.ok()) return status;
  if (!claims.custom_json.empty()) writer.MembersOf(claims.custom_json);
  absl::StatusOr<std::string> payload = std::move(writer).Finish();
  if (!payload.ok()) return payload;
  if (status = CheckLimits(*payload); !status.ok()) return status;
  return payload;
}

}  // namespace paseto
