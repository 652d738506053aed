// Our own wrapped, password-protected and sealed keys: each opens to the key that went in; none opens with one bit of
// its text changed.
#include <string>
#include <utility>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/paserk_password.h"
#include "grpc_paseto/core/paseto/paserk_seal.h"
#include "grpc_paseto/core/paseto/paserk_wrap.h"
#include "grpc_paseto/tests/fuzz/fuzz_input.h"
#include "grpc_paseto/tests/fuzz/fuzz_keys.h"

namespace paseto {
namespace {

// A changed cost of a password's text could be within the bounds and still take a second: those bits stay.
struct Flip {
  size_t bit;
  size_t first_byte = 0, end_byte = std::string::npos;  // of the text, where bits are changed

  std::string operator()(std::string text) const {
    const size_t end = end_byte < text.size() ? end_byte : text.size();
    text[first_byte + bit / 8 % (end - first_byte)] ^= static_cast<char>(1 << bit % 8);
    return text;
  }
};

// Bytes 0 to 11 hold the header, the data of a salt of 32 bytes ends before byte 52, and the last 40 are within the
// tag.
Flip OutsideOfTheCost(size_t bit, const std::string& text) {
  return bit % 2 == 0 ? Flip{bit, 0, 32} : Flip{bit, text.size() - 40};
}

template <typename Key, typename Open>
void CheckOpens(const std::string& text, const Key& key, const Flip& flip, Open open) {
  const absl::StatusOr<Key> opened = open(text);
  PASETO_CHECK(opened.ok() && opened->secret().Equals(key.secret()));
  PASETO_CHECK(!open(flip(text)).ok());
}

template <typename Key>
void CheckWrap(const typename PaserkKind<Key>::WrappingKey& wrapping_key, const Key& key, size_t bit) {
  CheckOpens(PaserkWrap(wrapping_key, key), key, Flip{bit},
             [&](const std::string& text) { return PaserkUnwrap<Key>(wrapping_key, text); });
}

template <typename Key>
void CheckPassword(absl::string_view password, const Key& key, const PaserkPasswordCost<Key>& cost, size_t bit) {
  const absl::StatusOr<std::string> text = PaserkPasswordWrap(key, password, cost);
  PASETO_CHECK(text.ok() == !password.empty());
  if (!text.ok()) return;
  CheckOpens(*text, key, OutsideOfTheCost(bit, *text),
             [&](const std::string& changed) { return PaserkPasswordUnwrap<Key>(changed, password); });
}

template <typename Recipient, typename Secret, typename Key>
void CheckSeal(const Recipient& recipient, const Secret& secret, const Key& key, size_t bit) {
  CheckOpens(PaserkSeal(recipient, key).value(), key, Flip{bit},
             [&](const std::string& text) { return PaserkUnseal(secret, text); });
}

// Exactly `size` bytes.
SecretBytes KeyBytes(FuzzInput& input, size_t size) {
  std::string bytes(input.Bytes(size));
  bytes.resize(size, 'k');
  return SecretBytes::CopyFrom(bytes);
}

void CheckOwnPaserk(FuzzInput input) {
  constexpr Argon2Cost kArgon2{8 * 1024, 1};
  constexpr Pbkdf2Cost kPbkdf2{1};
  const uint8_t choice = input.Byte();
  const size_t bit = input.Number();
  const absl::string_view password = input.Text();
  const V4LocalKey v4_key = V4LocalKey::FromBytes(KeyBytes(input, V4LocalKey::kSizeBytes)).value();
  const V3LocalKey v3_key = V3LocalKey::FromBytes(KeyBytes(input, V3LocalKey::kSizeBytes)).value();
  // Key pairs cost ten times as much as the rest, those of P-384 a hundred times.
  const bool may_have_pair = input.IsOneOf(8), may_be_slow = input.IsOneOf(512);
  if (choice % 64 == 63 && may_be_slow) return CheckSeal(Keys().v3_public, Keys().v3_secret, v3_key, bit);
  switch (choice % 9) {
    case 0:
      return CheckWrap(Keys().v4_local, v4_key, bit);
    case 1:
      return CheckWrap(Keys().v3_local, v3_key, bit);
    case 2:
      return may_have_pair ? CheckWrap(v4_key, Keys().v4_secret, bit) : CheckWrap(v4_key, v4_key, bit);
    case 3:
      return may_be_slow ? CheckWrap(v3_key, Keys().v3_secret, bit) : CheckWrap(Keys().v4_local, v4_key, bit);
    case 4:
      return CheckPassword(password, v4_key, kArgon2, bit);
    case 5:
      return CheckPassword(password, v3_key, kPbkdf2, bit);
    case 6:
      return may_have_pair ? CheckPassword(password, Keys().v4_secret, kArgon2, bit)
                           : CheckPassword(password, v4_key, kArgon2, bit);
    case 7:
      return may_be_slow ? CheckPassword(password, Keys().v3_secret, kPbkdf2, bit)
                         : CheckPassword(password, v3_key, kPbkdf2, bit);
    default:
      return may_have_pair ? CheckSeal(Keys().v4_public, Keys().v4_secret, v4_key, bit)
                           : CheckWrap(Keys().v3_local, v3_key, bit);
  }
}

}  // namespace
}  // namespace paseto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  paseto::CheckOwnPaserk(paseto::FuzzInput(data, size));
  return 0;
}
