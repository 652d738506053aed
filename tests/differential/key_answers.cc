// PASERK operations for the peers' protocol.

#include <string>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/core/paseto/paserk_seal.h"
#include "grpc_paseto/core/paseto/paserk_wrap.h"
#include "grpc_paseto/tests/differential/request.h"

namespace paseto {
namespace {

template <typename Key>
absl::StatusOr<Key> ParseKey(absl::string_view text) {
  if constexpr (std::is_same_v<Key, V4LocalKey>) {
    return ParsePaserkV4Local(text);
  } else if constexpr (std::is_same_v<Key, V4SecretKey>) {
    return ParsePaserkV4Secret(text);
  } else if constexpr (std::is_same_v<Key, V3LocalKey>) {
    return ParsePaserkV3Local(text);
  } else {
    return ParsePaserkV3Secret(text);
  }
}

template <typename Key>
PaserkPasswordCost<Key> Cost(const Request& request) {
  const Request cost = request.Cost();
  if constexpr (std::is_same_v<PaserkPasswordCost<Key>, Argon2Cost>) {
    return {cost.Number("memory"), static_cast<uint32_t>(cost.Number("time"))};
  } else {
    return {static_cast<uint32_t>(cost.Number("iterations"))};
  }
}

template <typename Key>
absl::StatusOr<std::string> Wrapped(const Request& request) {
  const absl::StatusOr<Key> key = ParseKey<Key>(request.Text("key"));
  if (!key.ok()) return key.status();
  const std::string with = request.Text("with");
  if (absl::EndsWith(request.Text("type"), "pw")) {
    return PaserkPasswordWrap(*key, request.Bytes("with"), Cost<Key>(request));
  }
  const auto wrapping_key = ParseKey<typename PaserkKind<Key>::WrappingKey>(with);
  if (!wrapping_key.ok()) return wrapping_key.status();
  return PaserkWrap(*wrapping_key, *key);
}

template <typename Key>
absl::StatusOr<Key> Unwrapped(const Request& request) {
  const std::string text = request.Text("paserk");
  if (absl::EndsWith(request.Text("type"), "pw")) return PaserkPasswordUnwrap<Key>(text, request.Bytes("with"));
  const auto wrapping_key = ParseKey<typename PaserkKind<Key>::WrappingKey>(request.Text("with"));
  if (!wrapping_key.ok()) return wrapping_key.status();
  return PaserkUnwrap<Key>(*wrapping_key, text);
}

template <typename Key>
absl::StatusOr<std::string> KeyAnswer(const absl::StatusOr<Key>& key) {
  if (!key.ok()) return key.status();
  const SecretBytes text = PaserkEncode(*key, InsecureSecretAccess::Get());
  return absl::StrCat("{\"key\":\"", text.ReadText(InsecureSecretAccess::Get()), "\"}");
}

template <typename PublicKey, typename LocalKey>
absl::StatusOr<std::string> Sealed(const absl::StatusOr<PublicKey>& recipient, const absl::StatusOr<LocalKey>& key) {
  if (!recipient.ok()) return recipient.status();
  if (!key.ok()) return key.status();
  return PaserkSeal(*recipient, *key);
}

template <typename Key>
absl::StatusOr<std::string> IdAnswer(const absl::StatusOr<Key>& key) {
  if (!key.ok()) return key.status();
  return absl::StrCat("{\"id\":\"", PaserkId(*key).text(), "\"}");
}

}  // namespace

absl::StatusOr<std::string> WrapAnswer(const Request& request) {
  const std::string type = request.Text("type"), key = request.Text("key"), with = request.Text("with");
  const auto wrap = [&]() -> absl::StatusOr<std::string> {
    if (type == "k4.seal") return Sealed(ParsePaserkV4Public(with), ParsePaserkV4Local(key));
    if (type == "k3.seal") return Sealed(ParsePaserkV3Public(with), ParsePaserkV3Local(key));
    if (absl::StartsWith(type, "k4.local")) return Wrapped<V4LocalKey>(request);
    if (absl::StartsWith(type, "k4.secret")) return Wrapped<V4SecretKey>(request);
    if (absl::StartsWith(type, "k3.local")) return Wrapped<V3LocalKey>(request);
    return Wrapped<V3SecretKey>(request);
  };
  const absl::StatusOr<std::string> text = wrap();
  if (!text.ok()) return text.status();
  return absl::StrCat("{\"paserk\":\"", *text, "\"}");
}

absl::StatusOr<std::string> UnwrapAnswer(const Request& request) {
  const std::string type = request.Text("type"), text = request.Text("paserk"), with = request.Text("with");
  if (type == "k4.seal") {
    const absl::StatusOr<V4SecretKey> recipient = ParsePaserkV4Secret(with);
    return recipient.ok() ? KeyAnswer(PaserkUnseal(*recipient, text)) : recipient.status();
  }
  if (type == "k3.seal") {
    const absl::StatusOr<V3SecretKey> recipient = ParsePaserkV3Secret(with);
    return recipient.ok() ? KeyAnswer(PaserkUnseal(*recipient, text)) : recipient.status();
  }
  if (absl::StartsWith(type, "k4.local")) return KeyAnswer(Unwrapped<V4LocalKey>(request));
  if (absl::StartsWith(type, "k4.secret")) return KeyAnswer(Unwrapped<V4SecretKey>(request));
  if (absl::StartsWith(type, "k3.local")) return KeyAnswer(Unwrapped<V3LocalKey>(request));
  return KeyAnswer(Unwrapped<V3SecretKey>(request));
}

absl::StatusOr<std::string> KeyIdAnswer(const Request& request) {
  const std::string key = request.Text("key");
  if (absl::StartsWith(key, "k4.local.")) return IdAnswer(ParsePaserkV4Local(key));
  if (absl::StartsWith(key, "k4.secret.")) return IdAnswer(ParsePaserkV4Secret(key));
  if (absl::StartsWith(key, "k4.public.")) return IdAnswer(ParsePaserkV4Public(key));
  if (absl::StartsWith(key, "k3.local.")) return IdAnswer(ParsePaserkV3Local(key));
  if (absl::StartsWith(key, "k3.secret.")) return IdAnswer(ParsePaserkV3Secret(key));
  return IdAnswer(ParsePaserkV3Public(key));
}

}  // namespace paseto
