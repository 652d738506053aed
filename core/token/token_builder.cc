#include "grpc_paseto/core/token/token_builder.h"

namespace paseto {

TokenBuilder& TokenBuilder::Under(TokenKind kind, KeyUse use) {
  spec_.kind = kind;
  spec_.use = use;
  return *this;
}

TokenBuilder& TokenBuilder::Issuer(std::string issuer) {
  spec_.claims.issuer = std::move(issuer);
  return *this;
}

TokenBuilder& TokenBuilder::Audience(std::string audience) {
  spec_.claims.audiences.push_back(std::move(audience));
  return *this;
}

TokenBuilder& TokenBuilder::Subject(std::string subject) {
  spec_.claims.subject = std::move(subject);
  return *this;
}

TokenBuilder& TokenBuilder::Type(absl::string_view type) {
  spec_.claims.type = std::string(type);
  return *this;
}

TokenBuilder& TokenBuilder::Id(TokenId id) {
  spec_.claims.token_id = std::move(id);
  return *this;
}

TokenBuilder& TokenBuilder::Scope(std::string scope) {
  spec_.claims.scopes.push_back(std::move(scope));
  return *this;
}

TokenBuilder& TokenBuilder::ExpiresIn(absl::Duration lifetime) {
  spec_.claims.expires_at = *spec_.claims.issued_at + lifetime;
  spec_.allow_missing_expiry = false;
  return *this;
}

TokenBuilder& TokenBuilder::WithoutExpiry() {
  spec_.claims.expires_at.reset();
  spec_.allow_missing_expiry = true;
  return *this;
}

TokenBuilder& TokenBuilder::CustomClaims(std::string json) {
  spec_.claims.custom_json = std::move(json);
  return *this;
}

TokenBuilder& TokenBuilder::WithFooter(Footer footer) {
  spec_.footer = std::move(footer);
  return *this;
}

TokenBuilder& TokenBuilder::ImplicitAssertion(std::string assertion) {
  spec_.implicit_assertion = std::move(assertion);
  return *this;
}

}  // namespace paseto
