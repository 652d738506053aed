#include "grpc_paseto/service/store/key_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace paseto::service {
namespace {

constexpr size_t kMaxKeyTextBytes = 4096;

absl::Status CheckLength(absl::string_view what, const std::string& text, size_t least, size_t most) {
  if (text.size() >= least && text.size() <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " must have ", least, " to ", most, " bytes, got ", text.size()));
}

absl::Status CheckNothingComesBack(const KeyTable& before, const KeyChange& change) {
  for (const KeyRow& row : change.put) {
    const bool is_there =
        std::any_of(before.rows.begin(), before.rows.end(), [&](const KeyRow& other) { return other.id == row.id; });
    if (is_there || std::find(before.gone.begin(), before.gone.end(), row.id) == before.gone.end()) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("the key ", row.id, " was revoked or dropped; it does not come back, make another one"));
  }
  return absl::OkStatus();
}

absl::Status CheckOneActive(const KeyTable& before, const KeyChange& change) {
  std::map<std::string, KeyRow> after;
  for (const KeyRow& row : before.rows) after[row.id] = row;
  for (const KeyRow& row : change.put) after[row.id] = row;
  for (const std::string& id : change.drop) after.erase(id);
  std::set<std::pair<absl::string_view, KeyUse>> taken;
  for (const auto& [id, row] : after) {
    if (row.state != KeyState::kActive || !row.has_secret()) continue;
    if (taken.emplace(TokenKindName(row.kind), row.use).second) continue;
    return absl::FailedPreconditionError(absl::StrCat("two ", TokenKindName(row.kind), " keys would be active for ",
                                                      KeyUseName(row.use), "; retire or revoke one of them first"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckKeyChange(const KeyChange& change) {
  if (change.put.size() > kMaxKeys) {
    return absl::InvalidArgumentError(absl::StrCat("more than ", kMaxKeys, " keys at once; retire and drop some"));
  }
  absl::Status status;
  for (const KeyRow& row : change.put) {
    status.Update(CheckLength("a key's id", row.id, 1, 255));
    status.Update(CheckLength("a key's text", row.paserk, 1, kMaxKeyTextBytes));
    status.Update(CheckLength("a key's seal", row.seal, 1, 255));
    status.Update(CheckLength("the id of a key-encryption key", row.kek, 0, 255));
  }
  return status;
}

absl::Status CheckKeyChangeAgainst(const KeyTable& before, const KeyChange& change) {
  if (change.expected_version != before.version) {
    return absl::AbortedError("the keys have changed meanwhile; look at them again");
  }
  if (absl::Status status = CheckNothingComesBack(before, change); !status.ok()) return status;
  return CheckOneActive(before, change);
}

absl::Status CheckAcks(const std::vector<VerifierAck>& acks) {
  if (acks.size() > kMaxAcksAtOnce) {
    return absl::InvalidArgumentError(absl::StrCat("more than ", kMaxAcksAtOnce, " acknowledgements at once"));
  }
  absl::Status status;
  for (const VerifierAck& ack : acks) {
    status.Update(CheckLength("the client of a verifier", ack.client.text(), 1, 255));
    status.Update(CheckLength("a verifier's id", ack.verifier, 1, kMaxVerifierIdBytes));
  }
  return status;
}

}  // namespace paseto::service
