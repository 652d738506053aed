// What every file of the public contract keeps to: comments that say who may call and what can go wrong, fields that
// say whether they are needed, enums that start unspecified, methods that declare who may call them.
#ifndef GRPC_PASETO_TESTS_PROTO_CONTRACT_RULES_H_
#define GRPC_PASETO_TESTS_PROTO_CONTRACT_RULES_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace paseto {

// One line per broken rule, "paseto.v1.TokenService.Issue: has no comment". REQUIRES: `file` was built with source
// info.
std::vector<std::string> ContractProblems(const google::protobuf::FileDescriptor& file);

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_PROTO_CONTRACT_RULES_H_
