#include "grpc_paseto/core/paseto/secret_bytes.h"

#include <sodium.h>

#include <cstring>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/paseto/sodium_ready.h"

namespace paseto {

SecretBytes::SecretBytes(size_t size) : size_(size) {
  if (size == 0) return;
  EnsureSodiumReady();
  data_.reset(static_cast<uint8_t*>(sodium_malloc(size)));
  PASETO_CHECK(data_ != nullptr);
}

void SecretBytes::Free::operator()(uint8_t* bytes) const { sodium_free(bytes); }  // wipes first

SecretBytes SecretBytes::CopyFrom(absl::string_view bytes) {
  SecretBytes copy(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.data_.get(), bytes.data(), bytes.size());
  return copy;
}

SecretBytes SecretBytes::Random(size_t size) {
  SecretBytes random(size);
  if (size > 0) randombytes_buf(random.data_.get(), size);
  return random;
}

SecretBytes SecretBytes::Zeroed(size_t size) {
  SecretBytes zeroed(size);
  if (size > 0) sodium_memzero(zeroed.data_.get(), size);
  return zeroed;
}

SecretBytes SecretBytes::Clone() const {
  SecretBytes copy(size_);
  if (size_ > 0) std::memcpy(copy.data_.get(), data_.get(), size_);
  return copy;
}

bool SecretBytes::Equals(const SecretBytes& other) const {
  if (size_ != other.size_) return false;  // sizes are no secret
  return size_ == 0 || sodium_memcmp(data_.get(), other.data_.get(), size_) == 0;
}

}  // namespace paseto
