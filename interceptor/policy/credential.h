// Credentials in the metadata of a call: found, taken apart, not yet believed.
//
// gRPC-free. Every view points into the metadata that was given.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_CREDENTIAL_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_CREDENTIAL_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "grpc_paseto/interceptor/policy/compiled_rule.h"
#include "grpc_paseto/interceptor/policy/connection.h"

namespace paseto::interceptor {

// One entry of the metadata of a call, pseudo headers (":authority") included. Both bytes come from the caller.
struct MetadataEntry {
  absl::string_view key;
  absl::string_view value;
};

struct UntrustedCredential {
  enum class Form {
    kNone,       // the call carries nothing under the key
    kOne,        // exactly one value of the expected scheme
    kMalformed,  // another scheme, or nothing behind it
    kAmbiguous,  // more than one value
  };
  Form form = Form::kNone;
  absl::string_view token;  // for kOne
};

UntrustedCredential FindCredential(const CredentialShape& shape, absl::Span<const MetadataEntry> metadata);

// What a credential of the form kOne was, now that its token does not verify: kAmbiguous for several that are joined by
// a comma, kMalformed for white space inside. No genuine token, in any encoding, has either, so only a refused one is
// searched for them.
UntrustedCredential::Form FormOfRefused(absl::string_view token);

// True when some value under the key of this shape starts as its credentials do, whether or not the rest is well
// formed.
bool CarriesScheme(const CredentialShape& shape, absl::Span<const MetadataEntry> metadata);

// The implicit assertion that a token of this call must have been made with.
class CallAssertion {
 public:
  // Keeps views into `shape`, `metadata` and `connection`. A source that is absent gives the empty assertion.
  CallAssertion(const CredentialShape& shape, absl::Span<const MetadataEntry> metadata, const Connection& connection);
  CallAssertion(const CallAssertion&) = delete;
  CallAssertion& operator=(const CallAssertion&) = delete;

  // True when the call gives its source more than once.
  bool ambiguous() const { return ambiguous_; }
  absl::string_view bytes() const { return bytes_; }

 private:
  void TakeFromMetadata(absl::string_view key, absl::Span<const MetadataEntry> metadata);

  std::string wrapped_;
  absl::string_view bytes_;
  bool ambiguous_ = false;
};

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_CREDENTIAL_H_
