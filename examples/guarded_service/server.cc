// shop_server: a guarded gRPC service. Its rules stand in shop.proto; keys and revocations come from tokend's feed.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "grpc_paseto/examples/guarded_service/shop_service.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/interceptor/trust/feed_trust.h"
#include "grpc_paseto/interceptor/trust/file_trust.h"

namespace {

using paseto::interceptor::Guard;
using paseto::interceptor::GuardedServerBuilder;
using paseto::interceptor::TrustFromFeed;
using paseto::interceptor::TrustFromKeyFile;
using paseto::interceptor::TrustSource;

struct Flags {
  std::string listen = "127.0.0.1:50051";
  std::string port_file;
  std::string feed, feed_token_file, keys;
  std::string issuer;
  std::string audience = "shop";
  std::string certificate, private_key, client_ca, feed_ca;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

absl::StatusOr<std::unique_ptr<TrustSource>> MakeTrust(const Flags& flags) {
  if (!flags.keys.empty()) return TrustFromKeyFile({.path = flags.keys});
  paseto::interceptor::FeedTrustOptions feed{
      .addresses = {flags.feed}, .issuer = flags.issuer, .token_file = flags.feed_token_file};
  if (!flags.feed_ca.empty()) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = ReadFile(flags.feed_ca);
    feed.channel = grpc::SslCredentials(tls);
  }
  return TrustFromFeed(std::move(feed));
}

// With a certificate TLS, and with --client-ca mutual TLS; otherwise plaintext, as behind a mesh.
std::shared_ptr<grpc::ServerCredentials> MakeCredentials(const Flags& flags, Guard& guard) {
  if (flags.certificate.empty()) return guard.Plaintext();
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({ReadFile(flags.private_key), ReadFile(flags.certificate)});
  if (!flags.client_ca.empty()) {
    tls.pem_root_certs = ReadFile(flags.client_ca);
    tls.client_certificate_request = GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
  }
  return guard.Tls(tls);
}

absl::Status Serve(const Flags& flags, const sigset_t& stop_signals) {
  absl::StatusOr<std::unique_ptr<TrustSource>> trust = MakeTrust(flags);
  if (!trust.ok()) return trust.status();
  absl::StatusOr<std::unique_ptr<Guard>> guard =
      Guard::Create({.trust = *std::move(trust), .issuer = flags.issuer, .audience = flags.audience});
  if (!guard.ok()) return guard.status();

  examples::shop::ShopService shop;
  int port = 0;
  GuardedServerBuilder builder(**guard);
  builder.AddListeningPort(flags.listen, MakeCredentials(flags, **guard), &port);
  builder.RegisterService(&shop);
  absl::StatusOr<std::unique_ptr<grpc::Server>> server = builder.Start();
  if (!server.ok()) return server.status();

  std::cout << "shop_server listens on port " << port << std::endl;
  if (!flags.port_file.empty()) std::ofstream(flags.port_file) << port << std::endl;
  int signal = 0;
  sigwait(&stop_signals, &signal);
  (*server)->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App app("An example of a gRPC service that is guarded by PASETO tokens");
  app.add_option("--listen", flags.listen, "Address; port 0 takes a free one")->capture_default_str();
  app.add_option("--port-file", flags.port_file, "Where to write the port, once the server is ready");
  auto* keys = app.add_option("--keys", flags.keys, "A key file: trust without a feed");
  auto* feed = app.add_option("--feed", flags.feed, "tokend's address: keys and revocations come from there");
  auto* token = app.add_option("--feed-token-file", flags.feed_token_file, "The client token for the feed");
  feed->needs(token)->excludes(keys);
  app.add_option("--feed-ca", flags.feed_ca, "PEM authorities of tokend's certificate; default: no TLS")
      ->check(CLI::ExistingFile);
  auto* certificate = app.add_option("--certificate", flags.certificate, "PEM chain; default: no TLS");
  auto* key = app.add_option("--private-key", flags.private_key, "PEM key of the certificate");
  certificate->needs(key)->check(CLI::ExistingFile);
  key->needs(certificate)->check(CLI::ExistingFile);
  app.add_option("--client-ca", flags.client_ca, "PEM authorities of client certificates, which are then required")
      ->needs(certificate)
      ->check(CLI::ExistingFile);
  app.add_option("--issuer", flags.issuer, "The iss that tokens must have")->required();
  app.add_option("--audience", flags.audience, "The aud that tokens must have")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (flags.keys.empty() && flags.feed.empty()) return app.exit(CLI::RequiredError("--feed or --keys"));

  // Every thread inherits the blocked signals, so that only sigwait sees them.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);

  const absl::Status status = Serve(flags, stop_signals);
  if (status.ok()) return 0;
  std::cerr << "shop_server: " << status.message() << "\n";
  return 1;
}
