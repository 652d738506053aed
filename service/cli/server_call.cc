#include "grpc_paseto/service/cli/server_call.h"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/interceptor/trust/local_address.h"
#include "grpc_paseto/interceptor/yaml/duration_text.h"
#include "grpc_paseto/service/cli/token_input.h"
#include "grpc_paseto/service/config/listen_address.h"
#include "paseto/v1/reason.pb.h"

namespace paseto::service {
namespace {

// The content of the file of `option`, which has a PEM block whose label ends in `label`; empty without a file.
absl::StatusOr<std::string> ReadPem(absl::string_view option, const std::string& path, absl::string_view label) {
  if (path.empty()) return "";
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file.is_open() || !(text << file.rdbuf())) {
    const int error = errno;
    return absl::ErrnoToStatus(error, absl::StrCat(option, ": ", path, ": cannot be read"));
  }
  if (!absl::StrContains(text.str(), "-----BEGIN ") || !absl::StrContains(text.str(), absl::StrCat(label, "-----"))) {
    return absl::InvalidArgumentError(absl::StrCat(option, ": ", path, ": has no PEM block of a ", label));
  }
  return text.str();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(const CallOptions& options, bool plaintext) {
  if (plaintext) {
    if (!options.ca_file.empty()) return absl::InvalidArgumentError("--plaintext and --ca exclude each other");
    if (!options.certificate_file.empty()) {
      return absl::InvalidArgumentError("--cert needs TLS; leave out --plaintext, and give --ca for a Unix socket");
    }
    if (!interceptor::IsLocalAddress(options.address)) {
      return absl::InvalidArgumentError(
          "--plaintext is for loopback and Unix sockets only, because tokens would cross the network in the clear; "
          "leave "
          "it out, and give --ca FILE if the server's certificate is not signed by a public authority");
    }
    return grpc::InsecureChannelCredentials();
  }
  absl::StatusOr<std::string> roots = ReadPem("--ca", options.ca_file, "CERTIFICATE");
  if (!roots.ok()) return roots.status();
  absl::StatusOr<std::string> certificate = ReadPem("--cert", options.certificate_file, "CERTIFICATE");
  if (!certificate.ok()) return certificate.status();
  absl::StatusOr<std::string> key = ReadPem("--cert-key", options.key_file, "PRIVATE KEY");
  if (!key.ok()) return key.status();
  return grpc::SslCredentials({*std::move(roots), *std::move(key), *std::move(certificate)});
}

// What the caller can do about a refusal, where the server's sentence cannot know it.
absl::string_view NextStep(v1::Reason reason) {
  switch (reason) {
    case v1::REASON_TOKEN_MISSING:
      return "give a client token with --token-file FILE or TOKENCTL_TOKEN_FILE (tokenctl client add makes one), a "
             "client's certificate with --cert and --cert-key, or call through a socket that the configuration gives "
             "to a "
             "client";
    case v1::REASON_CALLER_AMBIGUOUS:
      return "leave out --token-file and unset TOKENCTL_TOKEN_FILE, or call without the certificate or through another "
             "address";
    case v1::REASON_TOKEN_EXPIRED:
    case v1::REASON_TOKEN_MALFORMED:
    case v1::REASON_TOKEN_REVOKED:
    case v1::REASON_KEY_UNKNOWN:
    case v1::REASON_SIGNATURE_INVALID:
    case v1::REASON_WRONG_ISSUER:
    case v1::REASON_WRONG_TYPE:
      return "this concerns the client token in --token-file; make a new one with tokenctl client add, from the key "
             "file "
             "and for the issuer that tokend uses";
    case v1::REASON_CLIENT_NOT_ALLOWED:
    case v1::REASON_CLIENT_DISABLED:
      return "what a client may do stands under clients: in tokend's configuration";
    case v1::REASON_REFRESH_REUSED:
    case v1::REASON_SESSION_EXPIRED:
    case v1::REASON_SESSION_REVOKED:
      return "begin a new session with tokenctl issue --with-refresh-token";
    case v1::REASON_KEY_NOT_ACTIVE:
      return "tokenctl key prepare makes a key of the kind and use that is missing, tokenctl key activate lets it sign";
    default:
      return "";
  }
}

}  // namespace

Failure ExplainStatus(const grpc::Status& status) {
  const std::string& message = status.error_message();
  const std::string name = message.substr(0, message.find(": "));
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  if (v1::Reason_Parse(absl::StrCat("REASON_", absl::AsciiStrToUpper(name)), &reason) && name.size() < message.size()) {
    return Failure{ExitCode::kRefused, name, message.substr(name.size() + 2), std::string(NextStep(reason))};
  }
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) return Failure{ExitCode::kUnreachable, "", message, ""};
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return Failure{ExitCode::kUnreachable, "", "no answer within the time of --timeout", ""};
  }
  return Failure{ExitCode::kRefused, "", absl::StrCat("gRPC status ", status.error_code(), ": ", message), ""};
}

absl::StatusOr<ServerCall> ServerCall::Create(const CallOptions& options) {
  ServerCall call;
  call.address_ = options.address;
  if (const absl::Status checked = CheckAddress(options.address); !checked.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--server: ", checked.message()));
  }
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return absl::InvalidArgumentError("--cert and --cert-key go together");
  }
  const absl::optional<absl::Duration> timeout = interceptor::ParseDurationText(options.timeout);
  if (!timeout.has_value() || *timeout <= absl::ZeroDuration() || *timeout > absl::Hours(1)) {
    return absl::InvalidArgumentError("--timeout must be a duration up to 1h, such as 10s");
  }
  call.timeout_ = *timeout;
  if (!options.token_file.empty()) {
    absl::StatusOr<std::string> token = ReadTokenFile(options.token_file);
    if (!token.ok())
      return absl::Status(token.status().code(), absl::StrCat("--token-file: ", token.status().message()));
    call.token_ = *std::move(token);
  }
  call.plaintext_ = options.plaintext || (absl::StartsWith(options.address, "unix:") && options.ca_file.empty());
  auto credentials = MakeCredentials(options, call.plaintext_);
  if (!credentials.ok()) return credentials.status();
  grpc::ChannelArguments arguments;
  if (!options.server_name.empty()) arguments.SetSslTargetNameOverride(options.server_name);
  call.channel_ = grpc::CreateCustomChannel(options.address, *credentials, arguments);
  return call;
}

void ServerCall::Prepare(grpc::ClientContext& context) const {
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout_));
  if (!token_.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", token_));
}

Failure ServerCall::Explain(const grpc::Status& status) const {
  Failure failure = ExplainStatus(status);
  if (failure.exit != ExitCode::kUnreachable) return failure;
  failure.message = absl::StrCat("cannot reach tokend at ", address_, ": ", failure.message);
  failure.next_step = absl::StrCat(
      "check that tokend runs and listens there; --server or TOKENCTL_SERVER names another "
      "address. ",
      plaintext_ ? "If it serves TLS there, give --ca FILE instead of --plaintext"
                 : "Its certificate must come from a public authority or that of --ca FILE, for its host or "
                   "--server-name. If it serves no TLS there (tokend --dev), add --plaintext");
  return failure;
}

}  // namespace paseto::service
