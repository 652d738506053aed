// Request: one line of the peers' protocol (README.md). Fields that are not there read as empty or zero.
#ifndef GRPC_PASETO_TESTS_DIFFERENTIAL_REQUEST_H_
#define GRPC_PASETO_TESTS_DIFFERENTIAL_REQUEST_H_

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace paseto {

class Request {
 public:
  // `object` outlives the result.
  explicit Request(simdjson::dom::element object) : object_(object) {}

  std::string Text(const char* name) const { return std::string(Get<std::string_view>(name)); }
  // The bytes of a field in base64.
  std::string Bytes(const char* name) const {
    std::string bytes;
    absl::Base64Unescape(Text(name), &bytes);
    return bytes;
  }
  uint64_t Number(const char* name) const { return Get<uint64_t>(name); }
  double Seconds() const { return Get<double>("seconds"); }
  bool Flag(const char* name) const { return Get<bool>(name); }
  Request Cost() const { return Request(Get<simdjson::dom::element>("cost")); }

 private:
  template <typename T>
  T Get(const char* name) const {
    T value = {};
    return object_[name].get(value) == simdjson::SUCCESS ? value : T{};
  }
  simdjson::dom::element object_;
};

// Whether the request is about version 2 or 1, and the answer if so: what the functions below answer for 4 and 3.
bool IsLegacy(const Request& request);
absl::StatusOr<std::string> LegacyAnswer(const std::string& operation, const Request& request);

// The answers of token_answers.cc and key_answers.cc: a JSON object, or why the library refused.
absl::StatusOr<std::string> MakeAnswer(const Request& request);
absl::StatusOr<std::string> ReadAnswer(const Request& request);
absl::StatusOr<std::string> VerifyAnswer(const Request& request);
absl::StatusOr<std::string> IssueAnswer(const Request& request);
absl::StatusOr<std::string> BenchAnswer(const Request& request);
absl::StatusOr<std::string> WrapAnswer(const Request& request);
absl::StatusOr<std::string> UnwrapAnswer(const Request& request);
absl::StatusOr<std::string> KeyIdAnswer(const Request& request);

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_DIFFERENTIAL_REQUEST_H_
