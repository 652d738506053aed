// IssuerTrust: who decides on the tokens of which issuer, where a server trusts more than its own.
//
// Each issuer has keys and revocations of its own. A token is believed only under a key of the issuer that it names.
#ifndef GRPC_PASETO_INTERCEPTOR_TRUST_ISSUER_TRUST_H_
#define GRPC_PASETO_INTERCEPTOR_TRUST_ISSUER_TRUST_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "grpc_paseto/interceptor/trust/trust_source.h"

namespace paseto::interceptor {

struct IssuerTrust {
  std::string issuer;
  const TrustSource* source;
};

// The one among `others` that speaks for `issuer`; `own` for every issuer that is none of theirs.
inline const TrustSource& TrustFor(absl::string_view issuer, const TrustSource& own,
                                   absl::Span<const IssuerTrust> others) {
  for (const IssuerTrust& other : others) {
    if (other.issuer == issuer) return *other.source;
  }
  return own;
}

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_TRUST_ISSUER_TRUST_H_
