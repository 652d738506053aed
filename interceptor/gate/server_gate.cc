#include "grpc_paseto/interceptor/gate/server_gate.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "grpc_paseto/interceptor/gate/stream_authorization.h"
#include "grpc_paseto/interceptor/policy/claim_text.h"
#include "grpc_paseto/interceptor/policy/refusal.h"

namespace paseto::interceptor {
namespace {

using Metadata = absl::InlinedVector<MetadataEntry, 16>;

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

bool NeedsSource(absl::Span<const CredentialShape* const> shapes, AssertionSource::Kind kind) {
  return std::any_of(shapes.begin(), shapes.end(),
                     [kind](const CredentialShape* shape) { return shape->assertion.kind == kind; });
}

bool NeedsAuthority(absl::Span<const CredentialShape* const> shapes) {
  return NeedsSource(shapes, AssertionSource::Kind::kAuthority);
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

// What a client sent where the gate gives claims, and the credentials in `metadata` that are not the caller's identity
// in a call that `rule` let pass.
void Strip(const PolicyTable& policy, const CompiledRule& rule, bool anonymous,
           absl::Span<const MetadataEntry> metadata, ServerGate::StrippedEntries& stripped) {
  const auto strip = [&](const std::string& key) {
    const auto entry = std::find_if(metadata.begin(), metadata.end(),
                                    [&key](const MetadataEntry& candidate) { return candidate.key == key; });
    if (entry != metadata.end()) stripped.push_back(static_cast<size_t>(entry - metadata.begin()));
  };
  for (const std::string& key : policy.forwarded_keys()) strip(key);
  if (!anonymous && policy.credential_keys().size() == 1) return;
  for (const std::string& key : policy.credential_keys()) {
    if (!anonymous && key == rule.shape.metadata_key) continue;
    const bool carries = std::any_of(policy.shapes().begin(), policy.shapes().end(), [&](const CredentialShape* shape) {
      return shape->metadata_key == key && CarriesScheme(*shape, metadata);
    });
    if (carries) strip(key);
  }
}

absl::Status Revoked(v1::Reason reason) { return MakeRefusal(reason, "the token was revoked; sign in again"); }

}  // namespace

ServerGate::ServerGate(Guard::Impl& guard)
    : guard_(guard), stream_authorization_(std::make_unique<StreamAuthorization>(*this)) {}

absl::Status ServerGate::Judge(absl::string_view path, absl::Span<const MetadataEntry> metadata,
                               const Connection& connection, StrippedEntries& stripped) {
  const Authenticator::Call call = {metadata, connection, guard_.clock().Now()};
  absl::string_view method;
  bool is_judged = true;
  const absl::StatusOr<Authenticator::Decision> decision =
      policy_.With([&](const PolicyTable& policy) -> absl::StatusOr<Authenticator::Decision> {
        const PolicyTable::Match match = policy.Find(path);
        method = match.method;
        is_judged = !match.rule->judged_by_handler;
        if (!is_judged) return Authenticator::Decision();
        absl::StatusOr<Authenticator::Decision> decided = guard_.authenticator().Authenticate(*match.rule, call);
        if (decided.ok()) Strip(policy, *match.rule, decided->principal.anonymous(), metadata, stripped);
        return decided;
      });
  if (!is_judged) return absl::OkStatus();
  return Conclude(method, decision);
}

absl::Status ServerGate::Conclude(absl::string_view method,
                                  const absl::StatusOr<Authenticator::Decision>& decision) const {
  CallObserver* const observer = guard_.observer();
  if (!decision.ok()) {
    if (observer != nullptr) observer->OnRefused(method, ReasonOf(decision.status().message()));
    return guard_.ForCaller(decision.status());
  }
  if (observer == nullptr) return absl::OkStatus();
  if (decision->used_stale_trust) observer->OnStaleTrustUsed(method);
  const bool anonymous = decision->principal.anonymous() && !decision->by_connection;
  observer->OnAllowed(method, anonymous, decision->was_cached);
  return absl::OkStatus();
}

absl::StatusOr<Authenticator::Decision> ServerGate::JudgeForStream(absl::string_view method,
                                                                   const grpc::ServerContextBase& context) {
  const GateMark mark = MarkOf(context);
  if (mark.gate != this) return GateMissing();
  absl::StatusOr<Authenticator::Decision> decision = policy_.With([&](const PolicyTable& policy) {
    const CompiledRule& rule = *policy.Find(method).rule;
    const CredentialShape* const shape = &rule.shape;
    const Metadata metadata = MetadataOf(context, NeedsAuthority({&shape, 1}));
    return guard_.authenticator().Authenticate(rule, {metadata, mark.connection, guard_.clock().Now(), true});
  });
  if (decision.ok() && decision->principal.anonymous()) {
    return MakeRefusal(v1::REASON_TOKEN_MISSING, "only a stream with a token can be asked about, by its holder");
  }
  return decision;
}

absl::StatusOr<Principal> ServerGate::Recall(const grpc::ServerContextBase& context) const {
  absl::StatusOr<Principal> principal = Remember(context);
  if (!principal.ok()) return guard_.ForCaller(principal.status());
  return principal;
}

absl::StatusOr<Principal> ServerGate::Remember(const grpc::ServerContextBase& context) const {
  if (std::shared_ptr<const VerifiedToken> renewed = streams().RenewedToken(&context)) {
    if (streams().IsRevoked(*renewed)) return Revoked(v1::REASON_TOKEN_REVOKED);
    return Principal(std::move(renewed));
  }
  if (absl::optional<HiddenCallers::Caller> caller = hidden_callers_.Find(&context)) {
    if (caller->ok() && !(*caller)->anonymous() && streams().IsRevoked(*(*caller)->token())) {
      return Revoked(v1::REASON_TOKEN_REVOKED);
    }
    return *std::move(caller);
  }
  return policy_.With([&](const PolicyTable& policy) { return RecallWith(policy.shapes(), context); });
}

absl::StatusOr<Principal> ServerGate::RecallWith(absl::Span<const CredentialShape* const> shapes,
                                                 const grpc::ServerContextBase& context) const {
  const Metadata metadata = MetadataOf(context, NeedsAuthority(shapes));
  Connection connection;  // reading it costs every call, and few rules ask for it
  if (NeedsSource(shapes, AssertionSource::Kind::kCertificate)) connection = MarkOf(context).connection;
  return guard_.authenticator().Recall(shapes, metadata, connection);
}

bool ServerGate::ChangesMetadata(absl::string_view method) const {
  return policy_.any_changes_metadata() &&
         policy_.With([method](const PolicyTable& policy) { return policy.Find(method).rule->changes_metadata(); });
}

ServerGate::MetadataChange ServerGate::MetadataChangeOf(absl::string_view method,
                                                        const grpc::ServerContextBase& context) const {
  return policy_.With([&](const PolicyTable& policy) {
    const CompiledRule& rule = *policy.Find(method).rule;
    MetadataChange change;
    for (const ForwardedClaim& forwarded : rule.forwarded_claims) change.removed_keys.push_back(forwarded.metadata_key);
    if (MarkOf(context).gate != this) return change;
    const CredentialShape* const shape = &rule.shape;
    HiddenCallers::Caller caller = RecallWith({&shape, 1}, context);
    for (const ForwardedClaim& forwarded : rule.forwarded_claims) {
      if (!caller.ok()) break;
      if (absl::optional<std::string> text = ClaimText(caller->claims(), forwarded.claim)) {
        change.added.emplace_back(forwarded.metadata_key, *std::move(text));
      }
    }
    if (rule.strip_credential) {
      change.removed_keys.push_back(rule.shape.metadata_key);
      change.hidden_caller = std::move(caller);
    }
    return change;
  });
}

AdmittedStream ServerGate::Admit(absl::string_view method, const grpc::ServerContextBase& context) {
  return policy_.With([&](const PolicyTable& policy) {
    const PolicyTable::Match match = policy.Find(method);
    AdmittedStream stream;
    stream.max_lifetime = match.rule->stream_lifetime;
    stream.method = match.method;
    stream.refusal = AdmitBy(*match.rule, context, stream);
    return stream;
  });
}

absl::Status ServerGate::AdmitBy(const CompiledRule& rule, const grpc::ServerContextBase& context,
                                 AdmittedStream& stream) const {
  if (rule.mode == v1::AuthRule::MODE_PUBLIC) return absl::OkStatus();
  if (MarkOf(context).gate != this) return GateMissing();
  const CredentialShape* const shape = &rule.shape;
  const absl::optional<HiddenCallers::Caller> hidden = hidden_callers_.Find(&context);
  const absl::StatusOr<Principal> principal = hidden.has_value() ? *hidden : RecallWith({&shape, 1}, context);
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
  return absl::OkStatus();
}

}  // namespace paseto::interceptor
