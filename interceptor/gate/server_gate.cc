#include "grpc_paseto/interceptor/gate/server_gate.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "grpc_paseto/interceptor/gate/stream_authorization.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

using Metadata = absl::InlinedVector<MetadataEntry, 16>;

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

bool NeedsAuthority(absl::Span<const CredentialShape* const> shapes) {
  return std::any_of(shapes.begin(), shapes.end(), [](const CredentialShape* shape) {
    return shape->assertion.kind == AssertionSource::Kind::kAuthority;
  });
}

Metadata MetadataOf(const grpc::ServerContextBase& context, bool with_authority) {
  Metadata metadata;
  for (const auto& [key, value] : context.client_metadata()) metadata.push_back({View(key), View(value)});
  if (with_authority) metadata.push_back({":authority", View(context.ExperimentalGetAuthority())});
  return metadata;
}

// The client's name for its stream, or empty.
absl::StatusOr<std::string> StreamNameIn(const grpc::ServerContextBase& context) {
  const auto& metadata = context.client_metadata();
  const auto [first, last] = metadata.equal_range({kStreamIdKey.data(), kStreamIdKey.size()});
  if (first == last) return std::string();
  if (std::next(first) != last || !IsStreamId(View(first->second))) {
    return MakeRefusal(v1::REASON_REQUEST_INVALID,
                       "paseto-stream-id: send one, of 1 to 64 printable ASCII characters without spaces");
  }
  return std::string(View(first->second));
}

absl::Status Revoked(v1::Reason reason) { return MakeRefusal(reason, "the token was revoked; sign in again"); }

}  // namespace

ServerGate::ServerGate(Guard::Impl& guard)
    : guard_(guard), stream_authorization_(std::make_unique<StreamAuthorization>(*this)) {}

absl::Status ServerGate::Judge(absl::string_view path, absl::Span<const MetadataEntry> metadata, uint64_t connection,
                               StrippedKeys& stripped) {
  const PolicyTable::Match match = policy_->Find(path);
  if (match.rule->judged_by_handler) return absl::OkStatus();
  CallObserver* const observer = guard_.observer();
  const Authenticator::Call call = {metadata, connection, guard_.clock().Now()};
  absl::StatusOr<Authenticator::Decision> decision = guard_.authenticator().Authenticate(*match.rule, call);
  if (!decision.ok()) {
    if (observer != nullptr) observer->OnRefused(match.method, ReasonOf(decision.status().message()));
    return decision.status();
  }
  const bool anonymous = decision->principal.anonymous();
  if (anonymous || policy_->credential_keys().size() > 1) Strip(*match.rule, anonymous, metadata, stripped);
  if (observer != nullptr) {
    if (decision->used_stale_trust) observer->OnStaleTrustUsed(match.method);
    observer->OnAllowed(match.method, anonymous, decision->was_cached);
  }
  return absl::OkStatus();
}

void ServerGate::Strip(const CompiledRule& rule, bool anonymous, absl::Span<const MetadataEntry> metadata,
                       StrippedKeys& stripped) const {
  for (const std::string& key : policy_->credential_keys()) {
    if (!anonymous && key == rule.shape.metadata_key) continue;
    for (const CredentialShape* shape : policy_->shapes()) {
      if (shape->metadata_key != key || !CarriesScheme(*shape, metadata)) continue;
      stripped.push_back(key);
      break;
    }
  }
}

absl::StatusOr<Principal> ServerGate::JudgeForStream(absl::string_view called, absl::string_view method,
                                                     const grpc::ServerContextBase& context) {
  if (GateOf(context) != this) return GateMissing();
  const CompiledRule& rule = *policy_->Find(method).rule;
  const CredentialShape* const shape = &rule.shape;
  const Metadata metadata = MetadataOf(context, NeedsAuthority({&shape, 1}));
  const Authenticator::Call call = {metadata, ConnectionOf(context), guard_.clock().Now(), true};
  absl::StatusOr<Authenticator::Decision> decision = guard_.authenticator().Authenticate(rule, call);
  if (decision.ok() && decision->principal.anonymous()) {
    decision = MakeRefusal(v1::REASON_TOKEN_MISSING, "only a stream with a token can be asked about, by its holder");
  }
  CallObserver* const observer = guard_.observer();
  if (!decision.ok()) {
    if (observer != nullptr) observer->OnRefused(called, ReasonOf(decision.status().message()));
    return decision.status();
  }
  if (observer != nullptr) observer->OnAllowed(called, false, decision->was_cached);
  return std::move(decision->principal);
}

absl::StatusOr<Principal> ServerGate::Recall(const grpc::ServerContextBase& context) const {
  if (std::shared_ptr<const VerifiedToken> renewed = streams().RenewedToken(&context)) {
    if (streams().IsRevoked(*renewed)) return Revoked(v1::REASON_TOKEN_REVOKED);
    return Principal(std::move(renewed));
  }
  return RecallWith(policy_->shapes(), context);
}

absl::StatusOr<Principal> ServerGate::RecallWith(absl::Span<const CredentialShape* const> shapes,
                                                 const grpc::ServerContextBase& context) const {
  const Metadata metadata = MetadataOf(context, NeedsAuthority(shapes));
  return guard_.authenticator().Recall(shapes, metadata);
}

absl::StatusOr<AdmittedStream> ServerGate::Admit(absl::string_view method, const grpc::ServerContextBase& context) {
  const PolicyTable::Match match = policy_->Find(method);
  const CompiledRule& rule = *match.rule;
  AdmittedStream stream;
  stream.max_lifetime = rule.stream_lifetime;
  stream.method = match.method;
  if (rule.mode == v1::AuthRule::MODE_PUBLIC) return stream;
  if (GateOf(context) != this) return GateMissing();
  const CredentialShape* const shape = &rule.shape;
  const absl::StatusOr<Principal> principal = RecallWith({&shape, 1}, context);
  if (!principal.ok()) {
    const v1::Reason reason = ReasonOf(principal.status().message());
    // Revoked, or its key was, between the gate and here.
    if (reason != v1::REASON_TOKEN_REVOKED && reason != v1::REASON_KEY_UNKNOWN) return principal.status();
    return Revoked(v1::REASON_STREAM_REVOKED);
  }
  absl::StatusOr<std::string> name = StreamNameIn(context);
  if (!name.ok()) return name.status();
  stream.name = *std::move(name);
  stream.token = principal->token();
  // A token is good until exp and the skew that the server allows; the grace comes on top.
  stream.grace = rule.stream_grace + rule.clock_skew;
  return stream;
}

}  // namespace paseto::interceptor
