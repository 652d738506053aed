#include "grpc_paseto/interceptor/yaml/scalar_field.h"

#include <google/protobuf/duration.pb.h>

#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "grpc_paseto/interceptor/yaml/duration_text.h"
#include "grpc_paseto/interceptor/yaml/nearest_name.h"

namespace paseto::interceptor {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr char kStored[] = "";

// Where a value goes: calls Reflection's setter or adder, whichever the field needs.
class Target {
 public:
  Target(const FieldDescriptor& field, Message& message) : field_(field), message_(message) {}

  template <typename Value, typename Argument>
  void Put(void (Reflection::*set)(Message*, const FieldDescriptor*, Argument) const,
           void (Reflection::*add)(Message*, const FieldDescriptor*, Argument) const, Value value) const {
    (message_.GetReflection()->*(field_.is_repeated() ? add : set))(&message_, &field_, std::move(value));
  }
  Message* MutableMessage() const {
    const Reflection* reflection = message_.GetReflection();
    return field_.is_repeated() ? reflection->AddMessage(&message_, &field_)
                                : reflection->MutableMessage(&message_, &field_);
  }

 private:
  const FieldDescriptor& field_;
  Message& message_;
};

// Decimal without leading zeros, which YAML 1.1 would read as octal.
bool IsWholeNumber(absl::string_view text) {
  absl::ConsumePrefix(&text, "-");
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

template <typename Int, typename Put>
std::string StoreInt(const YamlNode& node, Put put) {
  if (node.quoted || !IsWholeNumber(node.text)) return "must be a whole number, in digits and without quotes";
  Int value = 0;
  if (!absl::SimpleAtoi(node.text, &value)) {
    return absl::StrCat("must be from ", std::numeric_limits<Int>::min(), " to ", std::numeric_limits<Int>::max());
  }
  put(value);
  return kStored;
}

template <typename Put>
std::string StoreFloat(const YamlNode& node, double limit, Put put) {
  double value = 0;
  if (node.quoted || !absl::SimpleAtod(node.text, &value) || !std::isfinite(value) || std::abs(value) > limit) {
    return "must be a number in range, without quotes";
  }
  put(value);
  return kStored;
}

std::string StoreBool(const YamlNode& node, const Target& target) {
  if (node.quoted || (node.text != "true" && node.text != "false")) return "must be true or false, without quotes";
  target.Put(&Reflection::SetBool, &Reflection::AddBool, node.text == "true");
  return kStored;
}

// "RefreshBy" -> "REFRESH_BY_"
std::string EnumPrefix(const EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return prefix + "_";
}

std::string StoreEnum(const YamlNode& node, const EnumDescriptor& type, const Target& target) {
  const std::string prefix = EnumPrefix(type);
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string name = absl::AsciiStrToLower(absl::StripPrefix(type.value(i)->name(), prefix));
    if (name == "unspecified") continue;  // leaving the key out says this
    if (name == node.text) {
      target.Put(&Reflection::SetEnumValue, &Reflection::AddEnumValue, type.value(i)->number());
      return kStored;
    }
    names.push_back(name);
  }
  return absl::StrCat("must be one of ", absl::StrJoin(names, ", "));
}

std::string StoreBytes(const YamlNode& node, const Target& target) {
  std::string bytes;
  if (!absl::Base64Unescape(node.text, &bytes) || absl::Base64Escape(bytes) != node.text) {
    return "must be base64 (standard alphabet, padded)";
  }
  target.Put(&Reflection::SetString, &Reflection::AddString, bytes);
  return kStored;
}

std::string StoreDuration(const YamlNode& node, const Target& target) {
  const absl::optional<absl::Duration> duration = ParseDurationText(node.text);
  if (!duration.has_value()) return "must be a duration such as 90s, 10m, 1h30m or 7d";
  google::protobuf::Duration value;
  absl::Duration rest;
  value.set_seconds(absl::IDivDuration(*duration, absl::Seconds(1), &rest));
  value.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  // The field's type may come from another pool (a dynamic message), so the value goes through the wire format.
  target.MutableMessage()->ParseFromString(value.SerializeAsString());
  return kStored;
}

}  // namespace

bool IsScalarField(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
         field.message_type()->full_name() == "google.protobuf.Duration";
}

std::string StoreScalar(const YamlNode& node, const FieldDescriptor& field, Message& message) {
  const Target target(field, message);
  using R = Reflection;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return StoreInt<int32_t>(node, [&](int32_t value) { target.Put(&R::SetInt32, &R::AddInt32, value); });
    case FieldDescriptor::CPPTYPE_INT64:
      return StoreInt<int64_t>(node, [&](int64_t value) { target.Put(&R::SetInt64, &R::AddInt64, value); });
    case FieldDescriptor::CPPTYPE_UINT32:
      return StoreInt<uint32_t>(node, [&](uint32_t value) { target.Put(&R::SetUInt32, &R::AddUInt32, value); });
    case FieldDescriptor::CPPTYPE_UINT64:
      return StoreInt<uint64_t>(node, [&](uint64_t value) { target.Put(&R::SetUInt64, &R::AddUInt64, value); });
    case FieldDescriptor::CPPTYPE_FLOAT:
      return StoreFloat(node, std::numeric_limits<float>::max(),
                        [&](double value) { target.Put(&R::SetFloat, &R::AddFloat, static_cast<float>(value)); });
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return StoreFloat(node, std::numeric_limits<double>::max(),
                        [&](double value) { target.Put(&R::SetDouble, &R::AddDouble, value); });
    case FieldDescriptor::CPPTYPE_BOOL:
      return StoreBool(node, target);
    case FieldDescriptor::CPPTYPE_ENUM:
      return StoreEnum(node, *field.enum_type(), target);
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) return StoreBytes(node, target);
      target.Put(&R::SetString, &R::AddString, node.text);
      return kStored;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return StoreDuration(node, target);
  }
  return "cannot be written in YAML";
}

}  // namespace paseto::interceptor
