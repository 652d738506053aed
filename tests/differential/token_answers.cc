// Tokens made and read for the peers' protocol: on bytes, and through the whole path of claims.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/token/json_object_writer.h"
#include "grpc_paseto/core/token/key_set.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/core/token/verifier.h"
#include "grpc_paseto/tests/differential/request.h"

namespace paseto {
namespace {

// The key in a PASERK text of any plain type, ready for a key set.
absl::StatusOr<Key> ParseKey(absl::string_view text, KeyUse use) {
  const KeyAttributes attributes{use, KeyState::kActive, {}};
  const auto with = [&](auto key) -> absl::StatusOr<Key> {
    if (!key.ok()) return key.status();
    return Key(*std::move(key), attributes);
  };
  if (absl::StartsWith(text, "k4.local.")) return with(ParsePaserkV4Local(text));
  if (absl::StartsWith(text, "k4.secret.")) return with(ParsePaserkV4Secret(text));
  if (absl::StartsWith(text, "k4.public.")) return with(ParsePaserkV4Public(text));
  if (absl::StartsWith(text, "k3.local.")) return with(ParsePaserkV3Local(text));
  if (absl::StartsWith(text, "k3.public.")) return with(ParsePaserkV3Public(text));
  absl::StatusOr<V3SecretKey> secret = ParsePaserkV3Secret(text);
  if (!secret.ok()) return secret.status();
  return Key::Create(*std::move(secret), attributes);
}

absl::StatusOr<std::shared_ptr<const KeySet>> KeysOf(const Request& request) {
  absl::StatusOr<Key> key = ParseKey(request.Text("key"), ParseKeyUse(request.Text("use")).value_or(KeyUse::kAccess));
  if (!key.ok()) return key.status();
  std::vector<Key> keys;
  keys.push_back(*std::move(key));
  return KeySet::Create(std::move(keys));
}

absl::StatusOr<std::string> MakeToken(const Request& request, const Key& key) {
  const std::string message = request.Bytes("message"), footer = request.Bytes("footer"),
                    assertion = request.Bytes("assertion");
  if (key.v4_secret() != nullptr) return V4PublicSign(*key.v4_secret(), message, footer, assertion);
  if (key.v3_secret() != nullptr) return V3PublicSign(*key.v3_secret(), message, footer, assertion);
  if (key.v4_local() != nullptr) return V4LocalSeal(*key.v4_local(), message, footer, assertion);
  if (key.v3_local() != nullptr) return V3LocalSeal(*key.v3_local(), message, footer, assertion);
  return absl::InvalidArgumentError("a public key makes no token");
}

absl::StatusOr<std::string> Open(const Key& key, const UntrustedToken& token, absl::string_view assertion) {
  const auto copied = [](absl::StatusOr<absl::string_view> message) -> absl::StatusOr<std::string> {
    if (!message.ok()) return message.status();
    return std::string(*message);
  };
  if (key.v4_public() != nullptr) return copied(V4PublicVerify(*key.v4_public(), token, assertion));
  if (key.v3_public() != nullptr) return copied(V3PublicVerify(*key.v3_public(), token, assertion));
  if (key.v4_local() != nullptr) return V4LocalOpen(*key.v4_local(), token, assertion);
  return V3LocalOpen(*key.v3_local(), token, assertion);
}

constexpr TokenKind kEveryKind[] = {kV4Public, kV4Local, kV3Public, kV3Local};
constexpr KeyUse kEveryUse[] = {KeyUse::kAccess, KeyUse::kRefresh, KeyUse::kClient, KeyUse::kForeign};

VerifyOptions EveryOption() {
  VerifyOptions options;
  options.accept = kEveryKind;
  options.uses = kEveryUse;
  options.accept_without_kid = true;
  return options;
}

std::string ClaimsJson(const Claims& claims) {
  JsonObjectWriter json;
  json.String("iss", claims.issuer);
  json.String("sub", claims.subject);
  json.Strings("aud", claims.audiences);
  json.String("jti", claims.token_id.text());
  json.String("type", claims.type);
  if (claims.fresh.has_value()) json.Bool("fresh", *claims.fresh);
  if (claims.expires_at.has_value()) json.Number("exp", absl::ToUnixSeconds(*claims.expires_at));
  if (claims.not_before.has_value()) json.Number("nbf", absl::ToUnixSeconds(*claims.not_before));
  if (claims.issued_at.has_value()) json.Number("iat", absl::ToUnixSeconds(*claims.issued_at));
  if (!claims.custom_json.empty()) json.Raw("custom", claims.custom_json);
  return std::move(json).Finish().value();
}

}  // namespace

absl::StatusOr<std::string> MakeAnswer(const Request& request) {
  const absl::StatusOr<Key> key = ParseKey(request.Text("key"), KeyUse::kAccess);
  if (!key.ok()) return key.status();
  const absl::StatusOr<std::string> token = MakeToken(request, *key);
  if (!token.ok()) return token.status();
  return absl::StrCat("{\"token\":\"", *token, "\"}");
}

absl::StatusOr<std::string> ReadAnswer(const Request& request) {
  const absl::StatusOr<Key> key = ParseKey(request.Text("key"), KeyUse::kAccess);
  if (!key.ok()) return key.status();
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::Parse(request.Text("token"));
  if (!token.ok()) return token.status();
  const absl::StatusOr<std::string> message = Open(*key, *token, request.Bytes("assertion"));
  if (!message.ok()) return message.status();
  return absl::StrCat("{\"message\":\"", absl::Base64Escape(*message), "\",\"footer\":\"",
                      absl::Base64Escape(std::string(token->untrusted_footer())), "\"}");
}

// The whole path: key set, strict JSON, claims and their validation at the given time.
absl::StatusOr<std::string> VerifyAnswer(const Request& request) {
  const auto keys = KeysOf(request);
  if (!keys.ok()) return keys.status();
  const std::string assertion = request.Bytes("assertion");
  VerifyOptions options = EveryOption();
  options.implicit_assertion = assertion;
  options.base64_wrapped = request.Flag("base64");
  const auto token = VerifyToken(**keys, request.Text("token"), options);
  if (!token.ok()) return token.status();
  Validator validator;
  validator.IgnoreIssuer().IgnoreAudience().ExpectType(request.Text("type"));
  const absl::Status valid = validator.Validate((*token)->claims(), absl::FromUnixSeconds(request.Number("now")));
  if (!valid.ok()) return valid;
  return ClaimsJson((*token)->claims());
}

absl::StatusOr<std::string> IssueAnswer(const Request& request) {
  const auto keys = KeysOf(request);
  if (!keys.ok()) return keys.status();
  absl::StatusOr<Claims> claims = ParseClaims(request.Bytes("message"));
  if (!claims.ok()) return claims.status();
  const Key& key = (*keys)->keys().front();
  TokenSpec spec;
  spec.kind = key.kind();
  spec.use = key.attributes().use;
  spec.claims = *std::move(claims);
  spec.implicit_assertion = request.Bytes("assertion");
  spec.base64_wrapped = request.Flag("base64");
  const absl::StatusOr<std::string> token = SignToken(**keys, spec);
  if (!token.ok()) return token.status();
  return absl::StrCat("{\"token\":\"", *token, "\"}");
}

// Operations per second: "make" makes a token of bytes; "read" is the whole path of VerifyToken.
absl::StatusOr<std::string> BenchAnswer(const Request& request) {
  const auto keys = KeysOf(request);
  if (!keys.ok()) return keys.status();
  const Key& key = (*keys)->keys().front();
  const std::string text = request.Text("token"), assertion = request.Bytes("assertion");
  VerifyOptions options = EveryOption();
  options.implicit_assertion = assertion;
  const bool makes = request.Text("what") == "make";
  const std::string message = request.Bytes("message"), footer = request.Bytes("footer");
  const auto once = [&]() -> absl::Status {
    if (!makes) return VerifyToken(**keys, text, options).status();
    if (key.v4_secret() != nullptr) return V4PublicSign(*key.v4_secret(), message, footer, assertion), absl::OkStatus();
    if (key.v4_local() != nullptr) return V4LocalSeal(*key.v4_local(), message, footer, assertion), absl::OkStatus();
    return MakeToken(request, key).status();
  };
  if (const absl::Status status = once(); !status.ok()) return status;

  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(Clock::now() - started).count(); };
  uint64_t count = 0;
  while (passed() < request.Seconds()) {
    if (const absl::Status status = once(); !status.ok()) return status;
    ++count;
  }
  return absl::StrCat("{\"operations\":", count, ",\"seconds\":", passed(), "}");
}

}  // namespace paseto
