#include "grpc_paseto/service/session/refresh_tag.h"

#include <sodium.h>

#include "absl/base/macros.h"
#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/pae.h"

namespace paseto::service {
namespace {

static_assert(kSessionSecretBytes == crypto_generichash_KEYBYTES);
constexpr size_t kTagBytes = 32;
constexpr absl::string_view kLabel = "paseto.v1.refresh_tag";

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

std::string RefreshTag(const Session& session, uint64_t generation, const Binding& binding) {
  ABSL_HARDENING_ASSERT(session.secret.size() == kSessionSecretBytes);
  const std::string message = Pae({kLabel, session.id.text(), absl::StrCat(generation), session.client.text(),
                                   BindingKindName(binding.kind), binding.value});
  std::string tag(kTagBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(tag.data()), tag.size(), Bytes(message), message.size(),
                     Bytes(session.secret), session.secret.size());
  return tag;
}

bool RefreshTagMatches(const Session& session, uint64_t generation, const Binding& binding, absl::string_view tag) {
  const std::string expected = RefreshTag(session, generation, binding);
  return tag.size() == expected.size() && sodium_memcmp(expected.data(), tag.data(), expected.size()) == 0;
}

}  // namespace paseto::service
