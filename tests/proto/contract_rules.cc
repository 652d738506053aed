#include "grpc_paseto/tests/proto/contract_rules.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "paseto/v1/auth.pb.h"

namespace paseto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::OneofDescriptor;
using google::protobuf::ServiceDescriptor;
using google::protobuf::SourceLocation;

template <typename T>
std::string CommentOf(const T& thing) {
  SourceLocation location;
  return thing.GetSourceLocation(&location) ? location.leading_comments : "";
}

bool SaysWhetherNeeded(const std::string& comment) {
  return absl::StrContains(comment, "Required") || absl::StrContains(comment, "Optional");
}

class Checker {
 public:
  explicit Checker(const FileDescriptor& file) : file_(file) {}

  std::vector<std::string> Check() {
    for (int i = 0; i < file_.service_count(); ++i) CheckService(*file_.service(i));
    for (int i = 0; i < file_.message_type_count(); ++i) CheckMessage(*file_.message_type(i));
    for (int i = 0; i < file_.enum_type_count(); ++i) CheckEnum(*file_.enum_type(i));
    for (int i = 0; i < file_.extension_count(); ++i) NeedsComment(*file_.extension(i));
    CheckInput(file_.FindMessageTypeByName("AuthRule"));
    return std::move(problems_);
  }

 private:
  template <typename T>
  void Report(const T& thing, const char* problem) {
    problems_.push_back(absl::StrCat(thing.full_name(), ": ", problem));
  }

  template <typename T>
  void NeedsComment(const T& thing) {
    if (CommentOf(thing).empty()) Report(thing, "has no comment");
  }

  void CheckService(const ServiceDescriptor& service) {
    NeedsComment(service);
    for (int i = 0; i < service.method_count(); ++i) CheckMethod(*service.method(i));
  }

  void CheckMethod(const MethodDescriptor& method) {
    NeedsComment(method);
    const std::string comment = CommentOf(method);
    if (!absl::StrContains(comment, "Who may call:")) Report(method, "does not say 'Who may call:'");
    if (!absl::StrContains(comment, "Errors:")) Report(method, "does not say 'Errors:'");
    if (!method.options().HasExtension(v1::auth) && !method.service()->options().HasExtension(v1::service_auth) &&
        !file_.options().HasExtension(v1::file_auth)) {
      Report(method, "has no AuthRule on itself, its service or its file");
    }
    CheckInput(method.input_type());
  }

  // The message and what it contains, as something that a caller fills in.
  void CheckInput(const Descriptor* message) {
    if (message == nullptr || message->file()->package() != file_.package() || !inputs_.insert(message).second) return;
    if (message->options().map_entry()) return CheckInput(message->map_value()->message_type());
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor& field = *message->field(i);
      const OneofDescriptor* choice = field.real_containing_oneof();
      if (choice == nullptr && !SaysWhetherNeeded(CommentOf(field)))
        Report(field, "says neither Required nor Optional");
      CheckInput(field.message_type());
    }
    for (int i = 0; i < message->real_oneof_decl_count(); ++i) {
      const OneofDescriptor& choice = *message->oneof_decl(i);
      if (!SaysWhetherNeeded(CommentOf(choice))) Report(choice, "says neither Required nor Optional");
    }
  }

  void CheckMessage(const Descriptor& message) {
    NeedsComment(message);
    for (int i = 0; i < message.field_count(); ++i) NeedsComment(*message.field(i));
    for (int i = 0; i < message.real_oneof_decl_count(); ++i) NeedsComment(*message.oneof_decl(i));
    for (int i = 0; i < message.enum_type_count(); ++i) CheckEnum(*message.enum_type(i));
    for (int i = 0; i < message.nested_type_count(); ++i) {
      if (!message.nested_type(i)->options().map_entry()) CheckMessage(*message.nested_type(i));
    }
  }

  void CheckEnum(const EnumDescriptor& type) {
    NeedsComment(type);
    for (int i = 0; i < type.value_count(); ++i) NeedsComment(*type.value(i));
    const auto* zero = type.FindValueByNumber(0);
    if (zero == nullptr || !absl::EndsWith(zero->name(), "_UNSPECIFIED")) {
      Report(type, "has no value 0 that ends in _UNSPECIFIED");
    }
  }

  const FileDescriptor& file_;
  std::vector<std::string> problems_;
  std::set<const Descriptor*> inputs_;
};

}  // namespace

std::vector<std::string> ContractProblems(const FileDescriptor& file) { return Checker(file).Check(); }

}  // namespace paseto
