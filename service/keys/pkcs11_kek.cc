#include "grpc_paseto/service/keys/pkcs11_kek.h"

#include <dlfcn.h>
#include <p11-kit-1/p11-kit/pkcs11.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace paseto::service {
namespace {

constexpr absl::string_view kLabel = "grpc-paseto.kek.v1";
constexpr size_t kKekBytes = 32;
constexpr CK_ULONG kMostSlots = 64;

absl::Status Failure(absl::string_view what, absl::string_view next) {
  return absl::FailedPreconditionError(absl::StrCat("keys.kek.pkcs11: ", what, "; ", next));
}

absl::Status StepFailure(absl::string_view step, CK_RV rv, absl::string_view next) {
  return Failure(absl::StrCat(step, " gave 0x", absl::Hex(rv)), next);
}

// A loaded library that has been initialized. One at a time.
class Module {
 public:
  static absl::StatusOr<Module> Load(const std::string& path) {
    Module module;
    module.handle_.reset(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
    if (module.handle_ == nullptr) {
      return Failure(absl::StrCat(path, " cannot be loaded"), "module is the path of the token's PKCS #11 library");
    }
    const auto list = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(module.handle_.get(), "C_GetFunctionList"));
    if (list == nullptr || list(&module.calls_) != CKR_OK) {
      return Failure(absl::StrCat(path, " is no PKCS #11 library"),
                     "module is the path of the token's PKCS #11 library");
    }
    const CK_RV rv = module.calls_->C_Initialize(nullptr);
    module.finalize_ = rv == CKR_OK;
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
      return StepFailure("C_Initialize", rv, "see the documentation of the token's library");
    }
    return module;
  }
  ~Module() {
    if (finalize_) calls_->C_Finalize(nullptr);
  }
  Module(Module&& other) noexcept
      : handle_(std::move(other.handle_)), calls_(other.calls_), finalize_(std::exchange(other.finalize_, false)) {}

  CK_FUNCTION_LIST* operator->() const { return calls_; }

 private:
  struct Close {
    void operator()(void* handle) const { ::dlclose(handle); }
  };
  Module() = default;
  std::unique_ptr<void, Close> handle_;
  CK_FUNCTION_LIST* calls_ = nullptr;
  bool finalize_ = false;
};

// Closing it logs out.
class Pkcs11Session {
 public:
  Pkcs11Session(const Module& module, CK_SESSION_HANDLE handle) : module_(module), handle_(handle) {}
  ~Pkcs11Session() { module_->C_CloseSession(handle_); }
  Pkcs11Session(const Pkcs11Session&) = delete;
  Pkcs11Session& operator=(const Pkcs11Session&) = delete;

 private:
  const Module& module_;
  const CK_SESSION_HANDLE handle_;
};

absl::StatusOr<CK_SLOT_ID> FindToken(const Module& module, const std::string& label) {
  std::vector<CK_SLOT_ID> slots(kMostSlots);
  CK_ULONG count = slots.size();
  const CK_RV rv = module->C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (rv != CKR_OK) return StepFailure("C_GetSlotList", rv, "see that the token is there");
  slots.resize(count);
  for (const CK_SLOT_ID slot : slots) {
    CK_TOKEN_INFO info;
    if (module->C_GetTokenInfo(slot, &info) != CKR_OK) continue;
    const absl::string_view padded(reinterpret_cast<const char*>(info.label), sizeof(info.label));
    if (absl::StripTrailingAsciiWhitespace(padded) == label) return slot;
  }
  return Failure(absl::StrCat("there is no token '", label, "'"), "see that it is there, and token_label");
}

absl::StatusOr<CK_OBJECT_HANDLE> FindSecret(const Module& module, CK_SESSION_HANDLE session, std::string label) {
  CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
  CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &secret, sizeof(secret)}, {CKA_LABEL, label.data(), label.size()}};
  CK_RV rv = module->C_FindObjectsInit(session, wanted, 2);
  if (rv != CKR_OK) return StepFailure("C_FindObjectsInit", rv, "see the documentation of the token's library");
  CK_OBJECT_HANDLE found[2];
  CK_ULONG count = 0;
  rv = module->C_FindObjects(session, found, 2, &count);
  module->C_FindObjectsFinal(session);
  if (rv != CKR_OK) return StepFailure("C_FindObjects", rv, "see the documentation of the token's library");
  if (count == 1) return found[0];
  return Failure(absl::StrCat("the token has ", count == 0 ? "no" : "more than one", " secret key '", label, "'"),
                 "make one generic secret of that label that may sign, and see key_label");
}

absl::StatusOr<SecretBytes> Derive(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  CK_MECHANISM hmac = {CKM_SHA256_HMAC, nullptr, 0};
  CK_RV rv = module->C_SignInit(session, &hmac, key);
  SecretBytes derived = SecretBytes::Zeroed(kKekBytes);
  CK_ULONG size = kKekBytes;
  if (rv == CKR_OK) {
    std::string label(kLabel);
    rv = module->C_Sign(session, reinterpret_cast<CK_BYTE_PTR>(label.data()), label.size(),
                        derived.Write(InsecureSecretAccess::Get()).data(), &size);
  }
  if (rv != CKR_OK || size != kKekBytes) {
    return StepFailure("signing with CKM_SHA256_HMAC", rv, "the key must be a generic secret that may sign (CKA_SIGN)");
  }
  return derived;
}

}  // namespace

absl::StatusOr<SecretBytes> DeriveKekByPkcs11(const Pkcs11Secret& secret, absl::string_view pin) {
  const absl::StatusOr<Module> module = Module::Load(secret.module);
  if (!module.ok()) return module.status();
  const absl::StatusOr<CK_SLOT_ID> slot = FindToken(*module, secret.token_label);
  if (!slot.ok()) return slot.status();
  CK_SESSION_HANDLE handle;
  CK_RV rv = (*module)->C_OpenSession(*slot, CKF_SERIAL_SESSION, nullptr, nullptr, &handle);
  if (rv != CKR_OK) return StepFailure("C_OpenSession", rv, "see that the token is there");
  const Pkcs11Session session(*module, handle);
  // The interface takes the PIN as mutable bytes.
  SecretBytes text = SecretBytes::CopyFrom(pin);
  rv = (*module)->C_Login(handle, CKU_USER, text.Write(InsecureSecretAccess::Get()).data(), pin.size());
  if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN) {
    return StepFailure("logging in to the token", rv,
                       "see the PIN in pin_file; many tokens lock after a few wrong ones");
  }
  const absl::StatusOr<CK_OBJECT_HANDLE> key = FindSecret(*module, handle, secret.key_label);
  if (!key.ok()) return key.status();
  return Derive(*module, handle, *key);
}

}  // namespace paseto::service
