// TLS certificates that live as long as a test.
#ifndef GRPC_PASETO_TESTS_SUPPORT_TEST_CERTIFICATES_H_
#define GRPC_PASETO_TESTS_SUPPORT_TEST_CERTIFICATES_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace paseto {

struct TestCertificate {
  std::string private_key_pem;
  std::string certificate_pem;
};

// An EC P-256 key and a certificate for localhost and 127.0.0.1 that is its own root, valid for a day around now.
TestCertificate MakeTestCertificate();

// The SHA-256 of its DER form, 32 bytes.
std::string Sha256Of(const TestCertificate& certificate);

// An authority that signs what it is asked to.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();

  const std::string& root_pem() const { return root_pem_; }
  // A new key each time. `alternative_names` in OpenSSL's form, "URI:spiffe://shop/orders,DNS:orders.shop"; empty:
  // none.
  TestCertificate Sign(const std::string& common_name, const std::string& alternative_names) const;
  // One for a server on this machine.
  TestCertificate SignServer() const { return Sign("localhost", "DNS:localhost,IP:127.0.0.1"); }

 private:
  struct Pair;
  const std::unique_ptr<Pair> pair_;
  std::string root_pem_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_TEST_CERTIFICATES_H_
