#include "grpc_paseto/service/cli/token_input.h"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/untrusted_token.h"

namespace paseto::service {
namespace {

// Up to one byte more than a token may have.
std::string ReadBounded(std::istream& in) {
  std::string text(kMaxTokenBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

absl::StatusOr<std::string> Checked(absl::string_view text) {
  const absl::string_view token = absl::StripAsciiWhitespace(text);
  if (token.empty()) return absl::InvalidArgumentError("the token is empty");
  if (token.size() > kMaxTokenBytes) return absl::InvalidArgumentError("the token is longer than 128 KiB");
  if (!std::all_of(token.begin(), token.end(), [](unsigned char c) { return absl::ascii_isgraph(c); })) {
    return absl::InvalidArgumentError("the token holds white space or something that is not ASCII; give exactly one");
  }
  return std::string(token);
}

}  // namespace

absl::StatusOr<std::string> ReadTokenFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const int error = errno;
  if (!file.is_open()) return absl::ErrnoToStatus(error, absl::StrCat(path, ": cannot be read"));
  absl::StatusOr<std::string> token = Checked(ReadBounded(file));
  if (!token.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", token.status().message()));
  return token;
}

absl::StatusOr<std::string> ReadToken(const TokenInput& input, std::istream& standard_input) {
  if (input.argument.empty() == input.file.empty()) {
    return absl::InvalidArgumentError(
        "give the token in one way: as an argument, \"-\" for standard input, or --from FILE");
  }
  if (!input.file.empty()) return ReadTokenFile(input.file);
  return Checked(input.argument == "-" ? ReadBounded(standard_input) : input.argument);
}

}  // namespace paseto::service
