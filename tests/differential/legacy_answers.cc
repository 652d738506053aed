// Tokens and PASERK of versions 2 and 1 for the peers' protocol. These versions have no implicit assertions.

#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/legacy/legacy_paserk.h"
#include "grpc_paseto/core/legacy/legacy_paserk_wrap.h"
#include "grpc_paseto/core/legacy/legacy_seal.h"
#include "grpc_paseto/tests/differential/request.h"

namespace paseto {
namespace {

absl::StatusOr<std::string> Make(const Request& request) {
  const auto with = [&](auto key, auto make) -> absl::StatusOr<std::string> {
    if (!key.ok()) return key.status();
    return make(*key, request.Bytes("message"), request.Bytes("footer"), LegacyWriting::Allow());
  };
  const std::string kind = request.Text("kind"), key = request.Text("key");
  if (kind == "v2.public") return with(ParsePaserkV2Secret(key), V2PublicSign);
  if (kind == "v2.local") return with(ParsePaserkV2Local(key), V2LocalSeal);
  if (kind == "v1.public") return with(ParsePaserkV1Secret(key), V1PublicSign);
  return with(ParsePaserkV1Local(key), V1LocalSeal);
}

absl::StatusOr<std::string> Read(const Request& request, const UntrustedToken& token) {
  const auto with = [&](const auto& key, auto open) -> absl::StatusOr<std::string> {
    if (!key.ok()) return key.status();
    const auto message = open(*key, token);
    if (!message.ok()) return message.status();
    return std::string(*message);
  };
  const std::string kind = request.Text("kind"), key = request.Text("key");
  if (kind == "v2.public") return with(ParsePaserkV2Public(key), V2PublicVerify);
  if (kind == "v2.local") return with(ParsePaserkV2Local(key), V2LocalOpen);
  if (kind == "v1.public") return with(ParsePaserkV1Public(key), V1PublicVerify);
  return with(ParsePaserkV1Local(key), V1LocalOpen);
}

template <typename Key>
absl::StatusOr<Key> ParseKey(absl::string_view text) {
  if constexpr (std::is_same_v<Key, V2LocalKey>) return ParsePaserkV2Local(text);
  if constexpr (std::is_same_v<Key, V2SecretKey>) return ParsePaserkV2Secret(text);
  if constexpr (std::is_same_v<Key, V1LocalKey>) return ParsePaserkV1Local(text);
  if constexpr (std::is_same_v<Key, V1SecretKey>) return ParsePaserkV1Secret(text);
}

template <typename Key>
typename LegacyPaserk<Key>::Cost Cost(const Request& cost) {
  if constexpr (std::is_same_v<typename LegacyPaserk<Key>::Cost, Argon2Cost>) {
    return {cost.Number("memory"), static_cast<uint32_t>(cost.Number("time"))};
  } else {
    return {static_cast<uint32_t>(cost.Number("iterations"))};
  }
}

template <typename Key>
absl::StatusOr<std::string> Wrapped(const Request& request) {
  const absl::StatusOr<Key> key = ParseKey<Key>(request.Text("key"));
  if (!key.ok()) return key.status();
  if (absl::EndsWith(request.Text("type"), "pw")) {
    return LegacyPaserkPasswordWrap(*key, request.Bytes("with"), Cost<Key>(request.Cost()), LegacyWriting::Allow());
  }
  const auto wrapping_key = ParseKey<typename LegacyPaserk<Key>::WrappingKey>(request.Text("with"));
  if (!wrapping_key.ok()) return wrapping_key.status();
  return LegacyPaserkWrap(*wrapping_key, *key, LegacyWriting::Allow());
}

absl::StatusOr<std::string> Sealed(const Request& request) {
  const absl::StatusOr<V2PublicKey> recipient = ParsePaserkV2Public(request.Text("with"));
  if (!recipient.ok()) return recipient.status();
  const absl::StatusOr<V2LocalKey> key = ParsePaserkV2Local(request.Text("key"));
  if (!key.ok()) return key.status();
  return LegacyPaserkSeal(*recipient, *key, LegacyWriting::Allow());
}

absl::StatusOr<std::string> Wrap(const Request& request) {
  const std::string type = request.Text("type");
  if (type == "k2.seal") return Sealed(request);
  if (absl::StartsWith(type, "k2.local")) return Wrapped<V2LocalKey>(request);
  if (absl::StartsWith(type, "k2.secret")) return Wrapped<V2SecretKey>(request);
  if (absl::StartsWith(type, "k1.local")) return Wrapped<V1LocalKey>(request);
  return Wrapped<V1SecretKey>(request);
}

template <typename Key>
absl::StatusOr<std::string> Encoded(const absl::StatusOr<Key>& key) {
  if (!key.ok()) return key.status();
  const SecretBytes text = PaserkEncode(*key, InsecureSecretAccess::Get());
  return std::string(text.ReadText(InsecureSecretAccess::Get()));
}

template <typename Key>
absl::StatusOr<std::string> Unwrapped(const Request& request) {
  const std::string text = request.Text("paserk");
  if (absl::EndsWith(request.Text("type"), "pw")) {
    return Encoded(LegacyPaserkPasswordUnwrap<Key>(text, request.Bytes("with")));
  }
  const auto wrapping_key = ParseKey<typename LegacyPaserk<Key>::WrappingKey>(request.Text("with"));
  if (!wrapping_key.ok()) return wrapping_key.status();
  return Encoded(LegacyPaserkUnwrap<Key>(*wrapping_key, text));
}

absl::StatusOr<std::string> Unwrap(const Request& request) {
  const std::string type = request.Text("type");
  if (type == "k2.seal") {
    const absl::StatusOr<V2SecretKey> recipient = ParsePaserkV2Secret(request.Text("with"));
    if (!recipient.ok()) return recipient.status();
    return Encoded(LegacyPaserkUnseal(*recipient, request.Text("paserk")));
  }
  if (absl::StartsWith(type, "k2.local")) return Unwrapped<V2LocalKey>(request);
  if (absl::StartsWith(type, "k2.secret")) return Unwrapped<V2SecretKey>(request);
  if (absl::StartsWith(type, "k1.local")) return Unwrapped<V1LocalKey>(request);
  return Unwrapped<V1SecretKey>(request);
}

absl::StatusOr<std::string> Id(const std::string& key) {
  const auto of = [](const auto& parsed) -> absl::StatusOr<std::string> {
    if (!parsed.ok()) return parsed.status();
    return std::string(PaserkId(*parsed).text());
  };
  if (absl::StartsWith(key, "k2.local.")) return of(ParsePaserkV2Local(key));
  if (absl::StartsWith(key, "k2.secret.")) return of(ParsePaserkV2Secret(key));
  if (absl::StartsWith(key, "k2.public.")) return of(ParsePaserkV2Public(key));
  if (absl::StartsWith(key, "k1.local.")) return of(ParsePaserkV1Local(key));
  if (absl::StartsWith(key, "k1.secret.")) return of(ParsePaserkV1Secret(key));
  return of(ParsePaserkV1Public(key));
}

absl::StatusOr<std::string> Answered(absl::string_view name, const absl::StatusOr<std::string>& text) {
  if (!text.ok()) return text.status();
  return absl::StrCat("{\"", name, "\":\"", *text, "\"}");
}

}  // namespace

bool IsLegacy(const Request& request) {
  const std::string name = absl::StrCat(request.Text("kind"), request.Text("type"));
  return name.size() > 2 && (name[1] == '1' || name[1] == '2');
}

absl::StatusOr<std::string> LegacyAnswer(const std::string& operation, const Request& request) {
  if (operation == "make") return Answered("token", Make(request));
  if (operation == "wrap") return Answered("paserk", Wrap(request));
  if (operation == "unwrap") return Answered("key", Unwrap(request));
  if (operation == "key_id") return Answered("id", Id(request.Text("key")));
  if (operation != "read") return absl::UnimplementedError("no such operation of these versions");
  const absl::StatusOr<UntrustedToken> token = UntrustedToken::ParseAllowingLegacy(request.Text("token"));
  if (!token.ok()) return token.status();
  const absl::StatusOr<std::string> message = Read(request, *token);
  if (!message.ok()) return message.status();
  return absl::StrCat("{\"message\":\"", absl::Base64Escape(*message), "\",\"footer\":\"",
                      absl::Base64Escape(std::string(token->untrusted_footer())), "\"}");
}

}  // namespace paseto
