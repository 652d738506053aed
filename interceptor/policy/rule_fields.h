// Checks of single AuthRule fields. Each gives a text that says what is wrong and what is allowed; empty when all is
// well.
#ifndef GRPC_PASETO_INTERCEPTOR_POLICY_RULE_FIELDS_H_
#define GRPC_PASETO_INTERCEPTOR_POLICY_RULE_FIELDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "paseto/v1/auth.pb.h"

namespace paseto::interceptor {

// Lower-case letters, digits, '_', '-' and '.', without "-bin", and not a name that gRPC or HTTP/2 uses itself.
std::string CheckMetadataKey(absl::string_view key);
// "-", or an RFC 9110 token of at most 32 characters.
std::string CheckScheme(absl::string_view scheme);
std::string CheckScope(absl::string_view scope);

// -InfiniteDuration() for a value outside the range that duration.proto documents.
absl::Duration ToDuration(const google::protobuf::Duration& duration);

// The names of the fields that are set in `rule` and mean nothing when credentials are ignored.
std::string CredentialFieldsOf(const v1::AuthRule& rule);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_POLICY_RULE_FIELDS_H_
