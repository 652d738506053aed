// grpc_compat.h against the shape of newer gRPC's header. The real one was not at hand: this shows that the shim
// compiles and hands over the credentials, not how newer gRPC behaves.
#include <gtest/gtest.h>

#include "grpc_paseto/interceptor/gate/grpc_compat.h"

namespace paseto::interceptor {
namespace {

static_assert(!GRPC_PASETO_CREDENTIALS_BIND_PORTS, "the stand-in is not what the shim was compiled against");

class Credentials final : public CServerCredentials {
 public:
  using CServerCredentials::CServerCredentials;
  const grpc_server_credentials* held() const { return c_creds(); }
  bool second_processor() const { return second_processor_; }

 private:
  void OnNotBound(const std::string&) override {}
  bool MayBind() const override { return true; }
  void OnSecondProcessor() override { second_processor_ = true; }

  bool second_processor_ = false;
};

TEST(NewerGrpcTest, BaseClassHoldsTheCredentialsAndTakesNoSecondProcessor) {
  grpc_init();
  grpc_server_credentials* const made = grpc_insecure_server_credentials_create();
  Credentials credentials(made);
  EXPECT_EQ(credentials.held(), made);
  credentials.SetAuthMetadataProcessor(nullptr);
  EXPECT_TRUE(credentials.second_processor());
}

}  // namespace
}  // namespace paseto::interceptor
