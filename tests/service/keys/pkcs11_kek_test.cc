// A key-encryption key from a real PKCS #11 token: SoftHSM, in a folder of the test.
#include "grpc_paseto/service/keys/pkcs11_kek.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <p11-kit-1/p11-kit/pkcs11.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "grpc_paseto/service/keys/kek_source.h"
#include "grpc_paseto/tests/support/status_matchers.h"
#include "grpc_paseto/tests/support/temporary_folder.h"

namespace paseto::service {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kModule[] = "/usr/lib/softhsm/libsofthsm2.so";
constexpr char kPin[] = "1234-pin";
constexpr char kSecret[] = "0123456789abcdef0123456789abcdef";

// A token "tokend" with the generic secret kSecret under the label "kek", and two under "twin".
class SoftHsmTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::ifstream(kModule).good()) GTEST_SKIP() << "softhsm2 is not installed";
    folder_.Write("softhsm.conf", "directories.tokendir = " + folder_.path() + "\nobjectstore.backend = file\n");
    ::setenv("SOFTHSM2_CONF", folder_.File("softhsm.conf").c_str(), 1);
    handle_ = ::dlopen(kModule, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(handle_, nullptr);
    reinterpret_cast<CK_C_GetFunctionList>(::dlsym(handle_, "C_GetFunctionList"))(&calls_);
    ASSERT_EQ(calls_->C_Initialize(nullptr), CKR_OK);
    MakeToken();
    ASSERT_EQ(calls_->C_Finalize(nullptr), CKR_OK);
  }
  void TearDown() override {
    if (handle_ != nullptr) ::dlclose(handle_);
  }

  static CK_UTF8CHAR* Text(std::string& text) { return reinterpret_cast<CK_UTF8CHAR*>(text.data()); }

  void MakeToken() {
    CK_SLOT_ID slot;
    CK_ULONG count = 1;
    ASSERT_EQ(calls_->C_GetSlotList(CK_FALSE, &slot, &count), CKR_OK);
    std::string pin = kPin, label = "tokend";
    label.resize(32, ' ');
    ASSERT_EQ(calls_->C_InitToken(slot, Text(pin), pin.size(), Text(label)), CKR_OK);
    CK_SESSION_HANDLE session;
    ASSERT_EQ(calls_->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session), CKR_OK);
    ASSERT_EQ(calls_->C_Login(session, CKU_SO, Text(pin), pin.size()), CKR_OK);
    ASSERT_EQ(calls_->C_InitPIN(session, Text(pin), pin.size()), CKR_OK);
    ASSERT_EQ(calls_->C_Logout(session), CKR_OK);
    ASSERT_EQ(calls_->C_Login(session, CKU_USER, Text(pin), pin.size()), CKR_OK);
    for (const char* key : {"kek", "twin", "twin"}) MakeSecret(session, key, CK_TRUE);
    MakeSecret(session, "mute", CK_FALSE);
  }

  void MakeSecret(CK_SESSION_HANDLE session, std::string label, CK_BBOOL may_sign) {
    CK_OBJECT_CLASS object = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    std::string value = kSecret;
    CK_ATTRIBUTE attributes[] = {{CKA_CLASS, &object, sizeof(object)},    {CKA_KEY_TYPE, &type, sizeof(type)},
                                 {CKA_TOKEN, &yes, sizeof(yes)},          {CKA_PRIVATE, &yes, sizeof(yes)},
                                 {CKA_SENSITIVE, &yes, sizeof(yes)},      {CKA_EXTRACTABLE, &no, sizeof(no)},
                                 {CKA_SIGN, &may_sign, sizeof(may_sign)}, {CKA_LABEL, label.data(), label.size()},
                                 {CKA_VALUE, value.data(), value.size()}};
    CK_OBJECT_HANDLE made;
    ASSERT_EQ(calls_->C_CreateObject(session, attributes, std::size(attributes), &made), CKR_OK);
  }

  TemporaryFolder folder_;
  void* handle_ = nullptr;
  CK_FUNCTION_LIST* calls_ = nullptr;
};

TEST_F(SoftHsmTest, DerivesTheHmacOfTheLabel) {
  const auto derived = DeriveKekByPkcs11({kModule, "tokend", "kek"}, kPin);
  ASSERT_THAT(derived, IsOk());
  const std::string label = "grpc-paseto.kek.v1";
  unsigned char expected[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), kSecret, 32, reinterpret_cast<const unsigned char*>(label.data()), label.size(), expected, &size);
  EXPECT_EQ(derived->ReadText(InsecureSecretAccess::Get()),
            absl::string_view(reinterpret_cast<const char*>(expected), size));
}

TEST_F(SoftHsmTest, IsASourceOfTheConfiguration) {
  config::Kek config;
  config::Pkcs11Kek& pkcs11 = *config.mutable_pkcs11();
  pkcs11.set_module(kModule);
  pkcs11.set_token_label("tokend");
  pkcs11.set_key_label("kek");
  pkcs11.set_pin_file(folder_.Write("pin", std::string(kPin) + "\n"));
  ASSERT_EQ(::chmod(pkcs11.pin_file().c_str(), 0600), 0);
  const auto first = LoadKek(config), second = LoadKek(config);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->id(), second->id());
}

TEST_F(SoftHsmTest, WrongPinIsToldWithoutIt) {
  const absl::Status status = DeriveKekByPkcs11({kModule, "tokend", "kek"}, "wrong-pin").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, AllOf(HasSubstr("PIN"), HasSubstr("0xa0"))));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("wrong-pin")));
  EXPECT_THAT(DeriveKekByPkcs11({kModule, "tokend", "kek"}, kPin), IsOk());
}

TEST_F(SoftHsmTest, WhatIsNotThereIsNamed) {
  EXPECT_THAT(DeriveKekByPkcs11({kModule, "other", "kek"}, kPin),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("token 'other'")));
  EXPECT_THAT(DeriveKekByPkcs11({kModule, "tokend", "none"}, kPin),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no secret key 'none'")));
  EXPECT_THAT(DeriveKekByPkcs11({kModule, "tokend", "twin"}, kPin),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("more than one")));
  EXPECT_THAT(DeriveKekByPkcs11({kModule, "tokend", "mute"}, kPin),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("CKA_SIGN")));
}

TEST(Pkcs11KekTest, FileThatIsNoModuleIsNamed) {
  TemporaryFolder folder;
  EXPECT_THAT(DeriveKekByPkcs11({folder.File("none.so"), "tokend", "kek"}, "1234"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("none.so")));
  EXPECT_THAT(DeriveKekByPkcs11({"libm.so.6", "tokend", "kek"}, "1234"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("libm.so.6 is no PKCS #11 library")));
}

}  // namespace
}  // namespace paseto::service
