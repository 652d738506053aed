#include "grpc_paseto/tests/bench/tokend_process.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace paseto::bench {
namespace {

[[noreturn]] void Fail(const char* what) {
  std::cerr << what << "\n";
  std::exit(1);
}

std::string ReadFirstLine(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::filesystem::path MakeFolder() {
  std::string name = "service_bench.XXXXXX";
  if (mkdtemp(name.data()) == nullptr) Fail("cannot make a folder here");
  return std::filesystem::absolute(name);
}

}  // namespace

TokendProcess::TokendProcess(const std::string& program) : program_(program), folder_(MakeFolder()) { Start(); }

void TokendProcess::Start() {
  std::filesystem::remove(folder_ / "port");
  process_ = std::make_unique<ChildProcess>(std::vector<std::string>{
      program_, "--dev", absl::StrCat("--data=", (folder_ / "data").string()), "--listen=127.0.0.1:0",
      absl::StrCat("--port-file=", (folder_ / "port").string()), "--log-level=error"});
  const absl::Time give_up = absl::Now() + absl::Minutes(2);
  while (ReadFirstLine(folder_ / "port").empty()) {
    if (absl::Now() > give_up) Fail("tokend did not start");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  address_ = absl::StrCat("127.0.0.1:", ReadFirstLine(folder_ / "port"));
  client_token_ = ReadFirstLine(client_token_file());
  stub_ = v1::TokenService::NewStub(grpc::CreateChannel(address_, grpc::InsecureChannelCredentials()));
}

absl::Duration TokendProcess::Restart(int signal) {
  process_->Stop(signal);
  const absl::Time start = absl::Now();
  Start();
  return absl::Now() - start;
}

TokendProcess::~TokendProcess() {
  process_->Stop();
  std::filesystem::remove_all(folder_);
}

std::unique_ptr<grpc::ClientContext> TokendProcess::NewContext() const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", absl::StrCat("Bearer ", client_token_));
  return context;
}

}  // namespace paseto::bench
