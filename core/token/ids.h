// Ids as distinct types, so that a session's id cannot be passed for a token's.
#ifndef GRPC_PASETO_CORE_TOKEN_IDS_H_
#define GRPC_PASETO_CORE_TOKEN_IDS_H_

#include <string>
#include <utility>

namespace paseto {

// An opaque text with a meaning. Empty means absent.
template <typename Tag>
class TypedId {
 public:
  TypedId() = default;
  explicit TypedId(std::string text) : text_(std::move(text)) {}
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const TypedId&, const TypedId&) = default;
  friend auto operator<=>(const TypedId&, const TypedId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const TypedId& id) {
    return H::combine(std::move(h), id.text_);
  }

 private:
  std::string text_;
};

using TokenId = TypedId<struct TokenIdTag>;      // jti: a random UUID (RFC 9562 version 4) when we make it
using SessionId = TypedId<struct SessionIdTag>;  // sid: a time-ordered UUID (RFC 9562 version 7) when we make it
using ClientId = TypedId<struct ClientIdTag>;    // client_id: a name from the configuration

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_IDS_H_
