#include "grpc_paseto/tests/bench/echo_server.h"

#include <grpcpp/grpcpp.h>
#include <sodium.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc_paseto/core/paseto/pae.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"
#include "grpc_paseto/core/token/signer.h"
#include "grpc_paseto/interceptor/gate/grpc_compat.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "tests/bench/bench.grpc.pb.h"

namespace paseto::bench {
namespace {

// Makes the tokens of this process.
class Mint {
 public:
  Mint() {
    std::vector<Key> made;
    made.emplace_back(V4SecretKey::Generate(), KeyAttributes{});
    keys_ = KeySet::Create(std::move(made)).value();
  }

  const std::shared_ptr<const KeySet>& keys() const { return keys_; }

  std::string Next() {
    TokenSpec spec;
    spec.claims.issuer = "https://id.shop";
    spec.claims.audiences = {"shop"};
    spec.claims.subject = "alice";
    spec.claims.type = "access";
    spec.claims.token_id = TokenId(absl::StrCat("0b5c7d3e-6d0c-4f0e-9a53-", absl::Dec(++made_, absl::kZeroPad12)));
    spec.claims.session_id = SessionId("0192f3a4-7c1e-7d42-8c11-1f2e3d4c5b6a");
    spec.claims.client_id = ClientId("web");
    spec.claims.scopes = {"orders:read"};
    spec.claims.issued_at = absl::Now();
    spec.claims.expires_at = absl::Now() + absl::Hours(1);
    return SignToken(*keys_, spec).value();
  }

 private:
  std::shared_ptr<const KeySet> keys_;
  std::atomic<int64_t> made_{0};
};

// One signature over as many bytes as that of `token` is over.
class RawSignature {
 public:
  explicit RawSignature(const std::string& token) {
    const UntrustedToken parts = UntrustedToken::Parse(token).value();
    const absl::string_view body = parts.untrusted_body();
    message_ = Pae({"v4.public.", body.substr(0, body.size() - signature_.size()), parts.untrusted_footer(), ""});
    std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret;
    crypto_sign_keypair(key_.data(), secret.data());
    crypto_sign_detached(signature_.data(), nullptr, Bytes(), message_.size(), secret.data());
  }

  bool Verify() const {
    return crypto_sign_verify_detached(signature_.data(), Bytes(), message_.size(), key_.data()) == 0;
  }

 private:
  const unsigned char* Bytes() const { return reinterpret_cast<const unsigned char*>(message_.data()); }

  std::string message_;
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> key_;
  std::array<unsigned char, crypto_sign_BYTES> signature_;
};

class EchoService final : public Echo::CallbackService {
 public:
  EchoService(EchoMode mode, Mint& mint) : mode_(mode), mint_(mint), raw_(mint.Next()) {}

  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const CallRequest* request,
                                 CallResponse* response) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    if (mode_ == EchoMode::kGuarded) {
      const absl::StatusOr<interceptor::Principal> who = interceptor::PrincipalFrom(*context);
      if (!who.ok()) {
        reactor->Finish(interceptor::ToGrpcStatus(who.status()));
        return reactor;
      }
    }
    if (mode_ == EchoMode::kEmptyGate && context->client_metadata().empty()) std::abort();
    if (mode_ == EchoMode::kRawVerify && !raw_.Verify()) std::abort();
    response->mutable_payload()->resize(request->response_bytes());
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerUnaryReactor* Usage(grpc::CallbackServerContext* context, const UsageRequest*,
                                  UsageResponse* response) override {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const auto microseconds = [](const timeval& time) { return time.tv_sec * 1'000'000LL + time.tv_usec; };
    response->set_cpu_microseconds(microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
    return Answer(context);
  }

  grpc::ServerUnaryReactor* Tokens(grpc::CallbackServerContext* context, const TokensRequest* request,
                                   TokensResponse* response) override {
    for (int i = 0; i < request->count(); ++i) response->add_tokens(mint_.Next());
    return Answer(context);
  }

 private:
  static grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const EchoMode mode_;
  Mint& mint_;
  const RawSignature raw_;
};

// Plaintext, with a processor that asks nothing.
class EmptyGate final : public interceptor::CServerCredentials {
 public:
  EmptyGate() : CServerCredentials(grpc_insecure_server_credentials_create()) {
    grpc_server_credentials_set_auth_metadata_processor(c_creds(), {&LetPass, nullptr, nullptr});
  }

 private:
  static void LetPass(void*, grpc_auth_context*, const grpc_metadata*, size_t, grpc_process_auth_metadata_done_cb done,
                      void* user_data) {
    done(user_data, nullptr, 0, nullptr, 0, GRPC_STATUS_OK, nullptr);
  }
  bool MayBind() const override { return true; }
  void OnNotBound(const std::string&) override { std::abort(); }
  void OnSecondProcessor() override { std::abort(); }
};

int WaitForEnd(int port, const std::string& token) {
  std::printf("%d %s\n", port, token.c_str());
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
  }
  return 0;
}

}  // namespace

int ServeEcho(EchoMode mode) {
  Mint mint;
  EchoService service(mode, mint);
  int port = 0;
  if (mode != EchoMode::kGuarded) {
    grpc::ServerBuilder builder;
    std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
    if (mode == EchoMode::kEmptyGate) credentials = std::make_shared<EmptyGate>();
    builder.AddListeningPort("127.0.0.1:0", credentials, &port);
    builder.RegisterService(&service);
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    return WaitForEnd(port, mint.Next());
  }
  auto board = std::make_shared<interceptor::TrustBoard>();
  board->SetKeys(mint.keys());
  const auto guard = interceptor::Guard::Create(
      {.trust = interceptor::TrustFromBoard(board), .issuer = "https://id.shop", .audience = "shop"});
  interceptor::GuardedServerBuilder builder(**guard);
  builder.AddListeningPort("127.0.0.1:0", (*guard)->Plaintext(), &port);
  builder.RegisterService(&service);
  const absl::StatusOr<std::unique_ptr<grpc::Server>> server = builder.Start();
  if (!server.ok()) {
    std::cerr << server.status() << "\n";
    return 1;
  }
  return WaitForEnd(port, mint.Next());
}

}  // namespace paseto::bench
