// What SignToken makes, VerifyToken accepts, with the same claims; and CheckSignable foretells what SignToken does.
#include <string>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"
#include "grpc_paseto/tests/fuzz/fuzz_keys.h"

namespace paseto {
namespace {

Footer ChosenFooter(uint8_t form, absl::string_view text) {
  absl::StatusOr<Footer> footer = form % 3 == 1   ? Footer::Json(std::string(text))
                                  : form % 3 == 2 ? Footer::Verbatim(std::string(text))
                                                  : Footer();
  return footer.ok() ? *std::move(footer) : Footer();
}

TokenSpec ChosenSpec(FuzzInput input) {
  TokenSpec spec;
  const uint8_t form = input.Byte();
  spec.kind = form % 8 == 0 ? kV4Public : kV4Local;
  spec.base64_wrapped = form % 16 >= 8;
  spec.footer = ChosenFooter(input.Byte(), input.Text());
  spec.implicit_assertion = std::string(input.Text());
  spec.claims.issuer = std::string(input.Text());
  spec.claims.audiences = {std::string(input.Text())};
  spec.claims.type = std::string(input.Text());
  if (const absl::string_view scope = input.Text(); !scope.empty()) spec.claims.scopes = {std::string(scope)};
  spec.claims.expires_at = absl::FromUnixSeconds(static_cast<int64_t>(input.Number()) * 10'000'000);
  spec.claims.revision = static_cast<int64_t>(input.Number());
  spec.claims.custom_json = std::string(input.Rest());
  return spec;
}

void CheckIssue(const KeySet& keys, const TokenSpec& spec) {
  const absl::Status signable = CheckSignable(keys, spec);
  const absl::StatusOr<std::string> text = SignToken(keys, spec);
  PASETO_CHECK(signable == text.status());
  if (!text.ok()) {
    PASETO_CHECK(text.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  PASETO_CHECK(text->size() <= kMaxIssuedTokenBytes);
  const TokenKind accept[] = {spec.kind};
  constexpr KeyUse kUses[] = {KeyUse::kAccess};
  VerifyOptions options;
  options.accept = accept;
  options.uses = kUses;
  options.implicit_assertion = spec.implicit_assertion;
  options.accept_without_kid = true;
  options.base64_wrapped = spec.base64_wrapped;
  const auto token = VerifyToken(keys, *text, options);
  PASETO_CHECK(token.ok());
  const Claims& claims = (*token)->claims();
  PASETO_CHECK(claims.issuer == spec.claims.issuer && claims.audiences == spec.claims.audiences &&
               claims.type == spec.claims.type && claims.scopes == spec.claims.scopes &&
               claims.expires_at == spec.claims.expires_at && claims.revision == spec.claims.revision);
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto keys = paseto::V4FuzzKeySet();
  paseto::CheckIssue(*keys, paseto::ChosenSpec(paseto::FuzzInput(data, size)));
  return 0;
}
