#include "grpc_paseto/service/config/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace paseto::service {
namespace {

constexpr size_t kLongestSocketPath = 107;  // sun_path without its final NUL

enum class Family { kUnix, kHost, kIpv6 };

struct Parts {
  Family family = Family::kHost;
  absl::string_view host;  // the path of a Unix socket
  absl::string_view port;
};

Parts Split(absl::string_view address) {
  if (absl::ConsumePrefix(&address, "unix:")) return {Family::kUnix, address, ""};
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos) return {Family::kHost, address, ""};
  absl::string_view host = address.substr(0, colon);
  const bool bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  return {bracketed ? Family::kIpv6 : Family::kHost, host, address.substr(colon + 1)};
}

bool IsPort(absl::string_view text) {
  int port = 0;
  return !text.empty() && text.size() <= 5 && absl::ascii_isdigit(static_cast<unsigned char>(text[0])) &&
         absl::SimpleAtoi(text, &port) && port <= 65535;
}

bool IsHostName(absl::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (const char c : host) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-') return false;
  }
  return true;
}

bool ParseIpv6(absl::string_view host, in6_addr* address) {
  return inet_pton(AF_INET6, std::string(host).c_str(), address) == 1;
}

}  // namespace

absl::Status CheckAddress(absl::string_view address) {
  const Parts parts = Split(address);
  if (parts.family == Family::kUnix) {
    if (parts.host.empty() || parts.host.size() > kLongestSocketPath) {
      return absl::InvalidArgumentError("the path of a Unix socket must have 1 to 107 bytes");
    }
    return absl::OkStatus();
  }
  if (!IsPort(parts.port)) {
    return absl::InvalidArgumentError("must be host:port, [IPv6]:port or unix:PATH, with a port from 0 to 65535");
  }
  in6_addr unused;
  if (parts.family == Family::kIpv6 && !ParseIpv6(parts.host, &unused)) {
    return absl::InvalidArgumentError("the brackets must hold an IPv6 address");
  }
  if (parts.family == Family::kHost && !IsHostName(parts.host)) {
    return absl::InvalidArgumentError("the host must be a name or an IPv4 address, or an IPv6 address in brackets");
  }
  return absl::OkStatus();
}

}  // namespace paseto::service
