// Our side of the differential test: reads requests in the peers' protocol (README.md), a line each, and answers them.

#include <simdjson.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "grpc_paseto/core/paseto/check.h"
#include "grpc_paseto/core/token/json_object_writer.h"
#include "grpc_paseto/core/token/token_error.h"
#include "grpc_paseto/tests/differential/request.h"

namespace paseto {
namespace {

constexpr absl::string_view kHello =
    R"({"peers":[{"name":"ours","version":"here","messages":"bytes","footers":"bytes","claims":true,)"
    R"("kinds":["v4.public","v4.local","v3.public","v3.local","v2.public","v2.local","v1.public","v1.local"],)"
    R"("ids":["v4.public","v4.local","v3.public","v3.local","v2.public","v2.local","v1.public","v1.local"],)"
    R"("wraps":["k4.local-wrap.pie","k4.secret-wrap.pie","k4.local-pw","k4.secret-pw","k4.seal",)"
    R"("k3.local-wrap.pie","k3.secret-wrap.pie","k3.local-pw","k3.secret-pw","k3.seal",)"
    R"("k2.local-wrap.pie","k2.secret-wrap.pie","k2.local-pw","k2.secret-pw","k2.seal",)"
    R"("k1.local-wrap.pie","k1.secret-wrap.pie","k1.local-pw","k1.secret-pw"]}]})";

absl::StatusOr<std::string> Answer(const Request& request) {
  const std::string operation = request.Text("op");
  if (operation == "hello") return std::string(kHello);
  if (IsLegacy(request)) return LegacyAnswer(operation, request);
  if (operation == "make") return MakeAnswer(request);
  if (operation == "read") return ReadAnswer(request);
  if (operation == "verify") return VerifyAnswer(request);
  if (operation == "issue") return IssueAnswer(request);
  if (operation == "wrap") return WrapAnswer(request);
  if (operation == "unwrap") return UnwrapAnswer(request);
  if (operation == "key_id") return KeyIdAnswer(request);
  if (operation == "bench") return BenchAnswer(request);
  return absl::UnimplementedError("no such operation");
}

std::string Refusal(const absl::Status& status) {
  JsonObjectWriter json;
  json.String("refused", status.ToString());
  return std::move(json).Finish().value();
}

int Main() {
  simdjson::dom::parser parser;
  for (std::string line; std::getline(std::cin, line);) {
    simdjson::dom::element object;
    PASETO_CHECK(parser.parse(line).get(object) == simdjson::SUCCESS);
    const absl::StatusOr<std::string> answer = Answer(Request(object));
    std::cout << (answer.ok() ? *answer : Refusal(answer.status())) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace paseto

int main() { return paseto::Main(); }
