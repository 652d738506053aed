// The official PASETO and PASERK test vectors, read from the folder that GRPC_PASETO_VECTORS_DIR names.
#ifndef GRPC_PASETO_TESTS_CONFORMANCE_VECTOR_FILE_H_
#define GRPC_PASETO_TESTS_CONFORMANCE_VECTOR_FILE_H_

#include <gtest/gtest.h>

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace paseto {

// One case of a vector file. Where the file could not be read there is one case, whose `status` says why.
struct VectorCase {
  absl::Status status;
  std::string name;
  bool expect_fail = false;
  std::map<std::string, std::string> fields;  // those that are strings; null ones are absent

  bool Has(const std::string& field) const { return fields.count(field) != 0; }
  // Errors: NOT_FOUND without the field.
  absl::StatusOr<std::string> Text(const std::string& field) const;
  // The bytes of a field that is hex. Errors: NOT_FOUND without the field, INVALID_ARGUMENT when it is not hex.
  absl::StatusOr<std::string> Bytes(const std::string& field) const;
  // The bytes of a key: those of its hex, or the text itself where it is no hex (PEM, or a key of another version).
  absl::StatusOr<std::string> KeyBytes(const std::string& field) const;
};

// GoogleTest prints a parameter by this: the name only.
inline void PrintTo(const VectorCase& vector, std::ostream* os) { *os << vector.name; }

// Every case of `file`, a path inside the vectors folder. One case with UNAVAILABLE when no folder is set, one with
// another error when the folder is set and the file is missing, not understood or empty.
std::vector<VectorCase> LoadVectors(absl::string_view file);

// A test name, made from the name of the case: k4.lid-1 becomes k4_lid_1.
std::string VectorTestName(const ::testing::TestParamInfo<VectorCase>& info);

// A test per case: skipped, visibly, when no folder is set; failed when the file was not understood.
class VectorTest : public ::testing::TestWithParam<VectorCase> {
 protected:
  void SetUp() override;
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_CONFORMANCE_VECTOR_FILE_H_
