#include "grpc_paseto/service/lifecycle/consume.h"

#include <sodium.h>

#include <utility>

#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/token/validator.h"
#include "grpc_paseto/interceptor/policy/refusal.h"
#include "grpc_paseto/service/lifecycle/caller.h"
#include "grpc_paseto/service/lifecycle/refusals.h"

namespace paseto::service {
namespace {

// Who spends, in as many bytes as a store takes.
std::string SpenderOf(const ConsumeOrder& order) {
  if (order.request_id.empty()) return "";
  const std::string message = Pae({"paseto.v1.consume", order.caller.text(), order.request_id});
  std::string spender(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(spender.data()), spender.size(),
                     reinterpret_cast<const unsigned char*>(message.data()), message.size(), nullptr, 0);
  return spender;
}

absl::Status RefusalOf(SpendOutcome outcome) {
  switch (outcome) {
    case SpendOutcome::kSpent:
      return absl::OkStatus();
    case SpendOutcome::kSpentBefore:
      return TokenSpent();
    case SpendOutcome::kUnknown:
      return RequestInvalid("token", "was not issued with single_use");
    case SpendOutcome::kRevoked:
      return HolderRevoked();
    case SpendOutcome::kSubjectDisabled:
      return SubjectDisabled();
  }
  return InternalFailure("unknown spend outcome");
}

}  // namespace

void Consumer::Consume(ConsumeOrder order, Done<Claims> done) const {
  const absl::StatusOr<const CallerPolicy*> policy = EnabledPolicy(dependencies_.policies, order.caller);
  if (!policy.ok()) return std::move(done)(policy.status());
  const absl::StatusOr<OwnToken> token =
      ReadOwnToken(*dependencies_.keys.Current(), dependencies_.settings.issuer, order.token, order.implicit_assertion);
  if (!token.ok()) return std::move(done)(interceptor::RefusalFromTokenError(token.status()));
  Claims claims = token->claims();
  if (claims.client_id != order.caller) {
    return std::move(done)(ClientNotAllowed("the token was issued through another client"));
  }
  const absl::Status valid =
      Validator().IgnoreIssuer().IgnoreAudience().ExpectType(order.type).Validate(claims, dependencies_.clock.Now());
  if (!valid.ok()) return std::move(done)(interceptor::RefusalFromTokenError(valid));
  SpendOrder spend{StandingOf(claims), SpenderOf(order), dependencies_.clock.Now()};
  dependencies_.store.Spend(std::move(spend), [claims = std::move(claims),
                                               done = std::move(done)](absl::StatusOr<SpendOutcome> outcome) mutable {
    if (!outcome.ok()) return std::move(done)(StoreRefusal(outcome.status()));
    if (absl::Status refusal = RefusalOf(*outcome); !refusal.ok()) return std::move(done)(refusal);
    std::move(done)(std::move(claims));
  });
}

}  // namespace paseto::service
