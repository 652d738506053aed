// One scalar of a YAML document into one field of a message.
#ifndef GRPC_PASETO_INTERCEPTOR_YAML_SCALAR_FIELD_H_
#define GRPC_PASETO_INTERCEPTOR_YAML_SCALAR_FIELD_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "grpc_paseto/interceptor/yaml/yaml_document.h"

namespace paseto::interceptor {

// True for a field that is written as a scalar: everything but messages, and google.protobuf.Duration.
bool IsScalarField(const google::protobuf::FieldDescriptor& field);

// Sets `field`, or adds to it when it is repeated. Returns what is wrong with the value, as the end of a sentence
// without the value itself ("must be true or false"); empty when it was stored.
// REQUIRES: IsScalarField(field), node.kind is kScalar.
std::string StoreScalar(const YamlNode& node, const google::protobuf::FieldDescriptor& field,
                        google::protobuf::Message& message);

}  // namespace paseto::interceptor

#endif  // GRPC_PASETO_INTERCEPTOR_YAML_SCALAR_FIELD_H_
