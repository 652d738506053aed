#include "grpc_paseto/tests/bench/stream_child.h"

#include <malloc.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace paseto::bench {
namespace {

double HeapBytesOfThisProcess() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<double>(heap.uordblks + heap.hblkhd);
}

}  // namespace

// The protocol: "mint SUBJECT COUNT" gives COUNT lines, "heap" one with the bytes, "revoke SUBJECT" and "end" an
// empty one.
int ServeStreams(Protection protection) {
  StreamServer server(protection, Api::kCallback);
  std::cout << server.port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb, subject;
    int count = 0;
    words >> verb >> subject >> count;
    if (verb == "heap") std::cout << static_cast<int64_t>(HeapBytesOfThisProcess()) << "\n";
    if (verb == "mint") {
      for (int i = 0; i < count; ++i) std::cout << server.Mint(subject, i) << "\n";
    }
    if (verb == "revoke") {
      server.RevokeSubject(subject);
      std::cout << "\n";
    }
    if (verb == "end") {
      server.EndChats();
      std::cout << "\n";
    }
    std::cout.flush();
  }
  return 0;
}

StreamChild::StreamChild(const std::string& program, const std::string& mode)
    : process_({program, mode}), stub_(ConnectTo(std::stoi(process_.ReadLine()))) {}

std::vector<std::string> StreamChild::Mint(const std::string& subject, int count) {
  process_.WriteLine(absl::StrCat("mint ", subject, " ", count));
  std::vector<std::string> tokens;
  for (int i = 0; i < count; ++i) tokens.push_back(process_.ReadLine());
  return tokens;
}

double StreamChild::HeapBytes() {
  process_.WriteLine("heap");
  return std::stod(process_.ReadLine());
}

void StreamChild::RevokeSubject(const std::string& subject) {
  process_.WriteLine(absl::StrCat("revoke ", subject));
  process_.ReadLine();
}

void StreamChild::EndChats() {
  process_.WriteLine("end");
  process_.ReadLine();
}

}  // namespace paseto::bench
