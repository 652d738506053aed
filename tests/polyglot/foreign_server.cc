// foreign_server: one guarded server for each rule on the command line, to judge tokens that other software made.
//
//   foreign_server --keys FILE --issuer URL --audience NAME --ports-file FILE [--revoked ID] RULE...
//
// RULE is a paseto.v1.AuthRule as protobuf text. Each server is the Echo service on a loopback port of its own, which
// is written to the ports file, one a line, in the order of the rules. It says what the handler knows of its caller.
// --revoked names a token that is revoked.
#include <google/protobuf/text_format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc_paseto/interceptor/gate/guard.h"
#include "grpc_paseto/interceptor/gate/guarded_server_builder.h"
#include "grpc_paseto/interceptor/trust/file_trust.h"
#include "grpc_paseto/interceptor/trust/in_process_trust.h"
#include "tests/support/echo.grpc.pb.h"

namespace {

using paseto::interceptor::Guard;
using paseto::interceptor::GuardedServerBuilder;
using paseto::interceptor::PrincipalFrom;
using paseto::interceptor::ToGrpcStatus;
using paseto::interceptor::TrustBoard;

class Echo final : public paseto::testing::Echo::Service {
  grpc::Status Say(grpc::ServerContext* context, const paseto::testing::EchoRequest*,
                   paseto::testing::EchoReply* reply) override {
    const auto caller = PrincipalFrom(*context);
    if (!caller.ok()) return ToGrpcStatus(caller.status());
    reply->set_principal(caller->anonymous() ? "anonymous" : caller->subject());
    reply->set_text(absl::StrCat(caller->custom_claims_json(), caller->footer()));
    return grpc::Status::OK;
  }
};

struct Flags {
  std::string keys, issuer, audience, ports_file, revoked;
  std::vector<std::string> rules;
};

struct Judge {
  std::unique_ptr<Guard> guard;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

absl::StatusOr<Judge> Start(const Flags& flags, const std::string& text, Echo* echo) {
  paseto::v1::AuthRule rule;
  if (!google::protobuf::TextFormat::ParseFromString(text, &rule)) return absl::InvalidArgumentError("not a rule");
  auto trust = paseto::interceptor::TrustFromKeyFile({.path = flags.keys});
  if (!trust.ok()) return trust.status();
  auto board = std::make_shared<TrustBoard>();
  board->SetKeys((*trust)->keys().Current());
  paseto::Revocation revoked;
  revoked.id = flags.revoked;
  revoked.forget_after = absl::InfiniteFuture();
  board->AddRevocations({&revoked, 1});
  auto guard =
      Guard::Create({.trust = TrustFromBoard(std::move(board)), .issuer = flags.issuer, .audience = flags.audience});
  if (!guard.ok()) return guard.status();
  Judge judge;
  judge.guard = *std::move(guard);
  GuardedServerBuilder builder(*judge.guard);
  builder.SetRule("paseto.testing.Echo/Say", rule);
  builder.AddListeningPort("127.0.0.1:0", judge.guard->Plaintext(), &judge.port);
  builder.RegisterService(echo);
  auto server = builder.Start();
  if (!server.ok()) return server.status();
  judge.server = *std::move(server);
  return judge;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Judges tokens that other software made, by rules from the command line");
  app.add_option("--keys", flags.keys, "A key file")->required();
  app.add_option("--issuer", flags.issuer, "The iss that tokens must have")->required();
  app.add_option("--audience", flags.audience, "The aud that tokens must have")->required();
  app.add_option("--ports-file", flags.ports_file, "Where to write the ports, once all servers are ready")->required();
  app.add_option("--revoked", flags.revoked, "The id of a token that is revoked");
  app.add_option("rules", flags.rules, "AuthRules as protobuf text")->required();
  CLI11_PARSE(app, argc, argv);

  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);  // before the servers' threads, so that only sigwait sees it
  Echo echo;
  std::vector<Judge> judges;
  for (const std::string& rule : flags.rules) {
    absl::StatusOr<Judge> judge = Start(flags, rule, &echo);
    if (!judge.ok()) {
      std::cerr << "foreign_server: " << rule << ": " << judge.status().message() << "\n";
      return 1;
    }
    judges.push_back(*std::move(judge));
  }
  std::ofstream(flags.ports_file) << absl::StrJoin(judges, "\n", [](std::string* out, const Judge& judge) {
    absl::StrAppend(out, judge.port);
  }) << std::endl;
  int signal = 0;
  sigwait(&stop_signals, &signal);
  for (Judge& judge : judges) judge.server->Shutdown();
  return 0;
}
