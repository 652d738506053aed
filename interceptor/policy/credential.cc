#include "grpc_paseto/interceptor/policy/credential.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "grpc_paseto/core/token/assertion.h"

namespace paseto::interceptor {
namespace {

using Form = UntrustedCredential::Form;

bool HasScheme(const CredentialShape& shape, absl::string_view value) {
  if (shape.scheme.empty()) return true;
  return value.size() > shape.scheme.size() && value[shape.scheme.size()] == ' ' &&
         std::equal(shape.scheme.begin(), shape.scheme.end(), value.begin(),
                    [](char lower, char any) { return lower == absl::ascii_tolower(any); });
}

UntrustedCredential ParseValue(const CredentialShape& shape, absl::string_view value) {
  if (!HasScheme(shape, value)) return {Form::kMalformed, {}};
  absl::string_view token = value;
  if (!shape.scheme.empty()) token.remove_prefix(shape.scheme.size() + 1);
  if (token.empty()) return {Form::kMalformed, {}};
  return {Form::kOne, token};
}

}  // namespace

bool CarriesScheme(const CredentialShape& shape, absl::Span<const MetadataEntry> metadata) {
  return std::any_of(metadata.begin(), metadata.end(), [&shape](const MetadataEntry& entry) {
    return entry.key == shape.metadata_key && HasScheme(shape, entry.value);
  });
}

UntrustedCredential FindCredential(const CredentialShape& shape, absl::Span<const MetadataEntry> metadata) {
  const MetadataEntry* found = nullptr;
  for (const MetadataEntry& entry : metadata) {
    if (entry.key != shape.metadata_key) continue;
    if (found != nullptr) return {Form::kAmbiguous, {}};
    found = &entry;
  }
  if (found == nullptr) return {Form::kNone, {}};
  return ParseValue(shape, found->value);
}

UntrustedCredential::Form FormOfRefused(absl::string_view token) {
  // This is how a proxy joins two headers of one name.
  if (absl::StrContains(token, ',')) return Form::kAmbiguous;
  if (absl::StrContains(token, ' ') || absl::StrContains(token, '\t')) return Form::kMalformed;
  return Form::kOne;
}

CallAssertion::CallAssertion(const CredentialShape& shape, absl::Span<const MetadataEntry> metadata,
                             const Connection& connection) {
  const AssertionSource& source = shape.assertion;
  switch (source.kind) {
    case AssertionSource::Kind::kNone:
      return;
    case AssertionSource::Kind::kFixed:
      bytes_ = source.value;
      return;
    case AssertionSource::Kind::kMetadata:
      TakeFromMetadata(source.value, metadata);
      break;
    case AssertionSource::Kind::kAuthority:
      TakeFromMetadata(":authority", metadata);
      break;
    case AssertionSource::Kind::kCertificate:
      bytes_ = connection.certificate_sha256;
      break;
  }
  if (ambiguous_ || source.raw || bytes_.empty()) return;
  wrapped_ = CallerAssertion(bytes_);
  bytes_ = wrapped_;
}

void CallAssertion::TakeFromMetadata(absl::string_view key, absl::Span<const MetadataEntry> metadata) {
  bool found = false;
  for (const MetadataEntry& entry : metadata) {
    if (entry.key != key) continue;
    ambiguous_ = ambiguous_ || found;
    found = true;
    bytes_ = entry.value;
  }
}

}  // namespace paseto::interceptor
