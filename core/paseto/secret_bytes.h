// SecretBytes: key material in guarded memory.
//
// The bytes live in sodium_malloc memory (guard pages, locked against swapping) and are wiped when the object dies or
// is moved from. There is no printing, no comparison operator and no implicit copy.
//
// Threads: const methods may be called from several threads at once.
#ifndef GRPC_PASETO_CORE_PASETO_SECRET_BYTES_H_
#define GRPC_PASETO_CORE_PASETO_SECRET_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace paseto {

// Proof that the writer of a line knows that it reads secret bytes. Every place that does so names this class, so that
// one grep lists them all.
class InsecureSecretAccess {
 public:
  static InsecureSecretAccess Get() { return InsecureSecretAccess(); }

 private:
  InsecureSecretAccess() = default;
};

class SecretBytes {
 public:
  SecretBytes() = default;  // empty
  // A copy of `bytes`. The caller wipes its own copy.
  static SecretBytes CopyFrom(absl::string_view bytes);
  // `size` bytes from the system's random source.
  static SecretBytes Random(size_t size);
  // `size` zero bytes, for a caller that fills them through Write.
  static SecretBytes Zeroed(size_t size);

  // What was moved from is empty.
  SecretBytes(SecretBytes&& other) noexcept : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  // An explicit second copy, again in guarded memory.
  SecretBytes Clone() const;

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The bytes themselves; valid while this object lives and is not moved from.
  absl::Span<const uint8_t> Read(InsecureSecretAccess) const { return {data_.get(), size_}; }
  absl::string_view ReadText(InsecureSecretAccess) const { return {reinterpret_cast<const char*>(data_.get()), size_}; }
  absl::Span<uint8_t> Write(InsecureSecretAccess) { return {data_.get(), size_}; }

  // Constant-time comparison of contents.
  bool Equals(const SecretBytes& other) const;

 private:
  struct Free {
    void operator()(uint8_t* bytes) const;
  };
  explicit SecretBytes(size_t size);
  std::unique_ptr<uint8_t[], Free> data_;
  size_t size_ = 0;
};

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_PASETO_SECRET_BYTES_H_
