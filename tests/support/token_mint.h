// TokenMint: an issuer in the test's own process. Its keys hang on a TrustBoard; it makes any token that a test needs.
#ifndef GRPC_PASETO_TESTS_SUPPORT_TOKEN_MINT_H_
#define GRPC_PASETO_TESTS_SUPPORT_TOKEN_MINT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "grpc_paseto/core/token/clock.h"
#include "grpc_paseto/core/token/key.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"

namespace paseto {

class TokenMint {
 public:
  static constexpr char kIssuer[] = "https://id.test";
  static constexpr char kAudience[] = "test";

  // Has an active v4.public key for each use, and an active v4.local key for access.
  explicit TokenMint(const Clock& clock);

  // A fresh access token of `subject` for ten minutes with scope "echo", as `change` makes it.
  std::string Mint(absl::string_view subject, const std::function<void(TokenSpec&)>& change = nullptr) const;
  // The same, as other software makes it, under the foreign key.
  std::string MintForeign(absl::string_view subject) const;
  // The same without the id of its key.
  std::string MintWithoutKid(absl::string_view subject) const;
  // One under a key that nobody trusts but whose id is that of the access key.
  std::string Forge(absl::string_view subject) const;

  const std::shared_ptr<interceptor::TrustBoard>& board() const { return board_; }
  void RevokeToken(absl::string_view token_id);
  void RevokeSubject(absl::string_view subject);
  // Puts the access key into `state`.
  void SetAccessKeyState(KeyState state);

 private:
  TokenSpec SpecFor(absl::string_view subject) const;
  std::string ForeignPayload(absl::string_view subject) const;
  std::vector<Key> KeysWith(KeyState access_state) const;

  const Clock& clock_;
  const Key access_, client_, refresh_, foreign_, local_;
  std::shared_ptr<const KeySet> signing_keys_;
  std::shared_ptr<interceptor::TrustBoard> board_ = std::make_shared<interceptor::TrustBoard>();
  int64_t revision_ = 100;
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_TOKEN_MINT_H_
