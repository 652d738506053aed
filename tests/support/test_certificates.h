// TLS certificates that live as long as a test: a self-signed one for "localhost".
#ifndef GRPC_PASETO_TESTS_SUPPORT_TEST_CERTIFICATES_H_
#define GRPC_PASETO_TESTS_SUPPORT_TEST_CERTIFICATES_H_

#include <string>

namespace paseto {

struct TestCertificate {
  std::string private_key_pem;
  std::string certificate_pem;  // its own root
};

// An EC P-256 key and a certificate for localhost and 127.0.0.1, valid for a day around now.
TestCertificate MakeTestCertificate();

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_TEST_CERTIFICATES_H_
