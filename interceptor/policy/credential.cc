#include "grpc_paseto/interceptor/policy/credential.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "grpc_paseto/core/token/assertion.h"

namespace paseto::interceptor {
namespace {

using Form = UntrustedCredential::Form;

bool HasScheme(const CredentialShape& shape, absl::string_view value) {
  if (shape.scheme.empty()) return true;
  return value.size() > shape.scheme.size() && value[shape.scheme.size()] == ' ' &&
         absl::EqualsIgnoreCase(value.substr(0, shape.scheme.size()), shape.scheme);
}

UntrustedCredential ParseValue(const CredentialShape& shape, absl::string_view value) {
  if (!HasScheme(shape, value)) return {Form::kMalformed, {}};
  // No token, in any encoding, has a comma: this is how a proxy joins two headers of one name.
  if (absl::StrContains(value, ',')) return {Form::kAmbiguous, {}};
  absl::string_view token = value;
  if (!shape.scheme.empty()) token.remove_prefix(shape.scheme.size() + 1);
  if (token.empty() || absl::StrContains(token, ' ') || absl::StrContains(token, '\t')) return {Form::kMalformed, {}};
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

CallAssertion::CallAssertion(const CredentialShape& shape, absl::Span<const MetadataEntry> metadata) {
  const AssertionSource& source = shape.assertion;
  if (source.kind == AssertionSource::Kind::kNone) return;
  if (source.kind == AssertionSource::Kind::kFixed) {
    bytes_ = source.value;
    return;
  }
  const absl::string_view key =
      source.kind == AssertionSource::Kind::kAuthority ? absl::string_view(":authority") : source.value;
  bool found = false;
  for (const MetadataEntry& entry : metadata) {
    if (entry.key != key) continue;
    ambiguous_ = found;
    found = true;
    bytes_ = entry.value;
    if (ambiguous_) return;
  }
  if (!source.raw && !bytes_.empty()) {
    wrapped_ = CallerAssertion(bytes_);
    bytes_ = wrapped_;
  }
}

}  // namespace paseto::interceptor
