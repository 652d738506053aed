#include "grpc_paseto/core/token/claims.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/token/claim_reader.h"
#include "grpc_paseto/core/token/strict_json.h"
#include "grpc_paseto/core/token/token_error.h"

namespace paseto {
namespace {

constexpr JsonLimits kPayloadLimits{kMaxPayloadBytes, kMaxPayloadDepth, kMaxPayloadKeys};

// Which of our own claims are believed.
class OwnClaims {
 public:
  static OwnClaims All() { return OwnClaims(nullptr); }
  static OwnClaims Only(const std::vector<std::string>& allowed) { return OwnClaims(&allowed); }

  bool Believes(absl::string_view name) const {
    return allowed_ == nullptr || std::find(allowed_->begin(), allowed_->end(), name) != allowed_->end();
  }

 private:
  explicit OwnClaims(const std::vector<std::string>* allowed) : allowed_(allowed) {}
  const std::vector<std::string>* allowed_;  // null: all
};

absl::StatusOr<Claims> Parse(absl::string_view payload, OwnClaims own_claims, bool integer_subject = false) {
  const absl::StatusOr<StrictJson> json = StrictJson::Parse(payload, kPayloadLimits);
  if (!json.ok()) {
    return MakeTokenError(TokenError::kMalformed, absl::StrCat("the payload is malformed: ", json.status().message()));
  }
  Claims claims;
  std::string custom;
  for (const JsonMember& member : json->members()) {
    const ClaimReader* reader = FindClaimReader(member.name, integer_subject);
    if (reader == nullptr) {
      absl::StrAppend(&custom, custom.empty() ? "{" : ",", member.raw_name, ":", member.raw_value);
    } else if (!reader->is_own || own_claims.Believes(member.name)) {
      if (!reader->read(member, &claims)) {
        return MakeTokenError(TokenError::kMalformed,
                              absl::StrCat("the claim ", reader->name, " is not ", reader->form));
      }
    }
  }
  if (!custom.empty()) claims.custom_json = absl::StrCat(custom, "}");
  return claims;
}

}  // namespace

bool Claims::HasScope(absl::string_view scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

bool Claims::HasAudience(absl::string_view audience) const {
  return std::find(audiences.begin(), audiences.end(), audience) != audiences.end();
}

bool IsReservedClaim(absl::string_view name) { return FindClaimReader(name) != nullptr; }

absl::Status CheckCustomClaims(absl::string_view json) {
  const absl::StatusOr<StrictJson> parsed = StrictJson::Parse(json, kPayloadLimits);
  if (!parsed.ok()) return absl::InvalidArgumentError(absl::StrCat("custom claims: ", parsed.status().message()));
  for (const JsonMember& member : parsed->members()) {
    if (IsReservedClaim(member.name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("custom claims: the name ", member.name, " is reserved; set the claim by its own field"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Claims> ParseClaims(absl::string_view payload) { return Parse(payload, OwnClaims::All()); }

absl::StatusOr<Claims> ParseForeignClaims(absl::string_view payload, const std::vector<std::string>& allowed,
                                          bool integer_subject) {
  return Parse(payload, OwnClaims::Only(allowed), integer_subject);
}

}  // namespace paseto
