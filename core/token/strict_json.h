// StrictJson: one JSON object from outside, read by the rules that tokens need (PASETO PP; RFC 8259, narrowed).
//
// Two passes. An outline of the text holds the limits and finds where each top-level member lies, before anything is
// built. Then simdjson parses it, which settles that the text is JSON and the outline right; then names are compared.
//
// Guarantees: one object and nothing after it; UTF-8 without BOM; no lone surrogate; no two members of one object share
// a name, at any depth, in any spelling; every number fits in 64 bits or a double.
// Does not: know what members mean.
// Threads: each object belongs to one thread; it must die on the thread that made it.
#ifndef GRPC_PASETO_CORE_TOKEN_STRICT_JSON_H_
#define GRPC_PASETO_CORE_TOKEN_STRICT_JSON_H_

#include <simdjson.h>

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace paseto {

struct JsonLimits {
  size_t max_bytes;
  size_t max_depth;  // an object of scalars has depth 1
  size_t max_keys;   // at all depths together
};

struct JsonMember {
  absl::string_view name;       // unescaped
  absl::string_view raw_name;   // as it was, quotes included
  absl::string_view raw_value;  // as it was, without white space around it
  simdjson::dom::element value;
};

enum class JsonContent {
  kPlain,
  kSecret,  // the copies that parsing makes are wiped when the StrictJson dies
};

class StrictJson {
 public:
  // Errors: INVALID_ARGUMENT naming the broken rule, without any of the text.
  // `text` outlives the result.
  static absl::StatusOr<StrictJson> Parse(absl::string_view text, const JsonLimits& limits,
                                          JsonContent content = JsonContent::kPlain);

  // In the text's order. Valid while this object lives.
  absl::Span<const JsonMember> members() const;
  const JsonMember* Find(absl::string_view name) const;  // null when there is none

  struct Workspace;

 private:
  struct GiveBack {
    void operator()(Workspace* workspace) const;
  };
  using OwnedWorkspace = std::unique_ptr<Workspace, GiveBack>;
  explicit StrictJson(OwnedWorkspace workspace) : workspace_(std::move(workspace)) {}
  OwnedWorkspace workspace_;
};

// The value as that type; nullopt when it is of another. The text lives as long as its StrictJson.
absl::optional<absl::string_view> AsString(simdjson::dom::element value);
absl::optional<bool> AsBool(simdjson::dom::element value);

// True when `text` begins, after JSON's white space, like an object.
bool StartsLikeJsonObject(absl::string_view text);

}  // namespace paseto

#endif  // GRPC_PASETO_CORE_TOKEN_STRICT_JSON_H_
