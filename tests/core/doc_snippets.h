// The functions that docs/core.md shows.
#ifndef GRPC_PASETO_TESTS_CORE_DOC_SNIPPETS_H_
#define GRPC_PASETO_TESTS_CORE_DOC_SNIPPETS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc_paseto/core/paseto/v4_local.h"
#include "grpc_paseto/core/paseto/v4_public.h"
#include "grpc_paseto/core/token/key_set.h"

namespace paseto {

absl::StatusOr<std::string> Sign(const KeySet& keys, absl::Time now);
absl::StatusOr<std::string> Verify(const KeySet& keys, absl::string_view text, absl::Time now);
std::string Seal(const V4LocalKey& key, absl::string_view message);
absl::StatusOr<std::string> Open(const V4LocalKey& key, absl::string_view text);
absl::StatusOr<std::shared_ptr<const KeySet>> MakeKeys();
absl::StatusOr<V4SecretKey> KeepUnderPassword(const V4SecretKey& key, absl::string_view password);

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_CORE_DOC_SNIPPETS_H_
