#include "grpc_paseto/tests/fuzz/fuzz_keys.h"

#include <sodium.h>

#include <string>
#include <utility>
#include <vector>

namespace paseto {
namespace {

// `size` bytes that begin with `first` and count upwards.
SecretBytes Counting(size_t size, char first) {
  std::string bytes(size, first);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(first + static_cast<char>(i));
  return SecretBytes::CopyFrom(bytes);
}

V4SecretKey MakeV4Secret() {
  const SecretBytes seed = Counting(crypto_sign_SEEDBYTES, 2);
  SecretBytes pair = SecretBytes::Zeroed(V4SecretKey::kSizeBytes);
  uint8_t public_half[crypto_sign_PUBLICKEYBYTES];
  crypto_sign_seed_keypair(public_half, pair.Write(InsecureSecretAccess::Get()).data(),
                           seed.Read(InsecureSecretAccess::Get()).data());
  return V4SecretKey::FromBytes(std::move(pair)).value();
}

FuzzKeys* MakeKeys() {
  V4SecretKey v4_secret = MakeV4Secret();
  V4PublicKey v4_public = v4_secret.public_key();
  V3SecretKey v3_secret = V3SecretKey::FromBytes(Counting(V3SecretKey::kSizeBytes, 3)).value();
  V3PublicKey v3_public = v3_secret.public_key().value();
  return new FuzzKeys{
      V4LocalKey::FromBytes(Counting(V4LocalKey::kSizeBytes, 1)).value(), std::move(v4_secret), std::move(v4_public),
      V3LocalKey::FromBytes(Counting(V3LocalKey::kSizeBytes, 4)).value(), std::move(v3_secret), std::move(v3_public)};
}

const KeyAttributes kAttributes{KeyUse::kAccess, KeyState::kActive, {}};

}  // namespace

const FuzzKeys& Keys() {
  static const FuzzKeys& keys = *MakeKeys();
  return keys;
}

std::shared_ptr<const KeySet> V4FuzzKeySet() {
  std::vector<Key> keys;
  keys.emplace_back(V4LocalKey::FromBytes(Keys().v4_local.secret().Clone()).value(), kAttributes);
  keys.emplace_back(V4SecretKey::FromBytes(Keys().v4_secret.secret().Clone()).value(), kAttributes);
  return KeySet::Create(std::move(keys)).value();
}

std::shared_ptr<const KeySet> V3FuzzKeySet() {
  std::vector<Key> keys;
  keys.emplace_back(V3LocalKey::FromBytes(Keys().v3_local.secret().Clone()).value(), kAttributes);
  keys.push_back(Key::Create(V3SecretKey::FromBytes(Keys().v3_secret.secret().Clone()).value(), kAttributes).value());
  return KeySet::Create(std::move(keys)).value();
}

}  // namespace paseto
