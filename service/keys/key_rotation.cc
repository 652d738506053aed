#include "grpc_paseto/service/keys/key_rotation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace paseto::service {
namespace {

constexpr int kMaxAnnounced = 4;  // of one kind and use

bool IsSigned(KeyUse use) { return use == KeyUse::kAccess || use == KeyUse::kRefresh; }

struct Group {
  TokenKind kind;
  KeyUse use;
  friend bool operator==(const Group&, const Group&) = default;
};

// Without these tokend cannot work.
constexpr Group kRequired[] = {{kV4Public, KeyUse::kAccess}, {kV4Local, KeyUse::kRefresh}};

bool IsRequired(const Group& group) {
  return std::find(std::begin(kRequired), std::end(kRequired), group) != std::end(kRequired);
}

// A table while it is being changed, with what makes the change.
class Draft {
 public:
  explicit Draft(const KeyTable& table) : rows_(table.rows) { plan_.change.expected_version = table.version; }

  const std::vector<KeyRow>& rows() const { return rows_; }
  const KeyRow* Find(const std::string& id) const {
    const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const KeyRow& row) { return row.id == id; });
    return found != rows_.end() ? &*found : nullptr;
  }
  // The oldest of the group in this state that holds a secret; null when there is none.
  const KeyRow* Oldest(const Group& group, KeyState state) const {
    for (const KeyRow& row : rows_) {
      if (Group{row.kind, row.use} == group && row.state == state && row.has_secret()) return &row;
    }
    return nullptr;
  }
  int Count(const Group& group, KeyState state) const {
    return static_cast<int>(std::count_if(rows_.begin(), rows_.end(), [&](const KeyRow& row) {
      return Group{row.kind, row.use} == group && row.state == state;
    }));
  }

  void Move(const std::string& id, KeyState state, absl::Time now) {
    KeyRow row = *Find(id);
    row.state = state;
    row.state_since = now;
    Put(std::move(row));
  }
  void Put(KeyRow row) {
    Replace(rows_, row);
    Replace(plan_.change.put, std::move(row));
  }
  void Drop(const std::string& id) {
    plan_.change.drop.push_back(id);
    std::erase_if(rows_, [&](const KeyRow& row) { return row.id == id; });
  }
  void Want(const Group& group, KeyState state) { plan_.wanted.push_back({group.kind, group.use, state}); }

  RotationPlan Take() && { return std::move(plan_); }

 private:
  static void Replace(std::vector<KeyRow>& rows, KeyRow row) {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const KeyRow& old) { return old.id == row.id; });
    if (found != rows.end()) {
      *found = std::move(row);
    } else {
      rows.push_back(std::move(row));
    }
  }

  std::vector<KeyRow> rows_;
  RotationPlan plan_;
};

absl::Duration KeptFor(KeyUse use, const RotationPolicy& policy) {
  switch (use) {
    case KeyUse::kAccess:
      return policy.keep_access;
    case KeyUse::kRefresh:
      return policy.keep_refresh;
    case KeyUse::kClient:
      return policy.keep_client;
    case KeyUse::kForeign:
      break;
  }
  return absl::InfiniteDuration();  // how long the tokens of other software live is not known
}

void DropWhatNobodyNeeds(const RotationPolicy& policy, absl::Time now, Draft& draft) {
  const std::vector<KeyRow> rows = draft.rows();
  for (const KeyRow& row : rows) {
    if (row.state != KeyState::kRetired && row.state != KeyState::kRevoked) continue;
    if (now > row.state_since + KeptFor(row.use, policy)) draft.Drop(row.id);
  }
}

bool AllHaveApplied(int64_t version, absl::Span<const VerifierAck> acks) {
  return std::all_of(acks.begin(), acks.end(), [&](const VerifierAck& ack) { return ack.key_version >= version; });
}

bool IsTimeFor(const KeyRow& successor, const KeyRow* active, absl::Span<const VerifierAck> acks,
               const RotationPolicy& policy, absl::Time now) {
  absl::Time due = successor.state_since + policy.min_announce;
  if (active != nullptr) due = std::max(due, active->state_since + policy.every);
  if (now < due) return false;
  return AllHaveApplied(successor.published_version, acks) || now >= due + policy.patience;
}

void Succeed(const Group& group, const KeyRow& successor, absl::Time now, Draft& draft) {
  const std::string heir = successor.id;
  if (const KeyRow* active = draft.Oldest(group, KeyState::kActive); active != nullptr) {
    draft.Move(active->id, KeyState::kRetired, now);
  }
  draft.Move(heir, KeyState::kActive, now);
}

// The signer that the group cannot do without, and the successor that is always announced.
void Complete(const Group& group, absl::Time now, Draft& draft) {
  bool signs = draft.Oldest(group, KeyState::kActive) != nullptr;
  if (!signs && IsRequired(group)) {
    const KeyRow* heir = draft.Oldest(group, KeyState::kAnnounced);
    heir != nullptr ? draft.Move(heir->id, KeyState::kActive, now) : draft.Want(group, KeyState::kActive);
    signs = true;
  }
  if (signs && draft.Oldest(group, KeyState::kAnnounced) == nullptr) draft.Want(group, KeyState::kAnnounced);
}

std::vector<Group> GroupsToRotate(const Draft& draft) {
  std::vector<Group> groups(std::begin(kRequired), std::end(kRequired));
  for (const KeyRow& row : draft.rows()) {
    const Group group{row.kind, row.use};
    const bool lives = row.state == KeyState::kActive || row.state == KeyState::kAnnounced;
    if (!IsSigned(row.use) || !lives || !row.has_secret()) continue;
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  return groups;
}

void MakeSureThatClientsCanBeVerified(Draft& draft) {
  const bool verifies = std::any_of(draft.rows().begin(), draft.rows().end(), [](const KeyRow& row) {
    return row.use == KeyUse::kClient && row.state != KeyState::kRevoked;
  });
  if (!verifies) draft.Want({kV4Public, KeyUse::kClient}, KeyState::kActive);
}

absl::Status NoSuchKey() { return absl::NotFoundError("names no key of this service"); }

absl::StatusOr<Group> CheckNewKey(TokenKind kind, KeyUse use) {
  if (use == KeyUse::kForeign) {
    return absl::InvalidArgumentError("keys for foreign belong to other software; import them from a key file");
  }
  if (IsLegacy(kind)) return absl::InvalidArgumentError("tokend signs tokens of versions 4 and 3 only");
  if (use == KeyUse::kRefresh && kind != kV4Local) return absl::InvalidArgumentError("keys for refresh are v4.local");
  if (use == KeyUse::kClient && kind != kV4Public) return absl::InvalidArgumentError("keys for client are v4.public");
  return Group{kind, use};
}

void Revoke(KeyRow row, absl::Time now, Draft& draft) {
  const Group group{row.kind, row.use};
  const bool was_active = row.state == KeyState::kActive && row.has_secret();
  draft.Move(row.id, KeyState::kRevoked, now);
  if (!was_active) return;
  const KeyRow* heir = draft.Oldest(group, KeyState::kAnnounced);
  if (heir != nullptr) {
    draft.Move(heir->id, KeyState::kActive, now);
  } else if (IsSigned(row.use)) {
    draft.Want(group, KeyState::kActive);
  }
}

}  // namespace

RotationPlan PlanRotation(const KeyTable& table, absl::Span<const VerifierAck> acks, const RotationPolicy& policy,
                          absl::Time now) {
  Draft draft(table);
  DropWhatNobodyNeeds(policy, now, draft);
  for (const Group& group : GroupsToRotate(draft)) {
    const KeyRow* successor = draft.Oldest(group, KeyState::kAnnounced);
    const KeyRow* active = draft.Oldest(group, KeyState::kActive);
    if (successor != nullptr && IsTimeFor(*successor, active, acks, policy, now)) {
      Succeed(group, *successor, now, draft);
    }
    Complete(group, now, draft);
  }
  MakeSureThatClientsCanBeVerified(draft);
  return std::move(draft).Take();
}

absl::StatusOr<RotationPlan> PlanPreparation(const KeyTable& table, TokenKind kind, KeyUse use) {
  const absl::StatusOr<Group> group = CheckNewKey(kind, use);
  if (!group.ok()) return group.status();
  Draft draft(table);
  if (draft.Count(*group, KeyState::kAnnounced) >= kMaxAnnounced || table.rows.size() >= kMaxKeys) {
    return absl::FailedPreconditionError("there are enough announced keys; activate or retire one of them first");
  }
  draft.Want(*group, KeyState::kAnnounced);
  return std::move(draft).Take();
}

absl::StatusOr<RotationPlan> PlanActivation(const KeyTable& table, const std::string& id, absl::Time now) {
  Draft draft(table);
  const KeyRow* row = draft.Find(id);
  if (row == nullptr) return NoSuchKey();
  if (row->state == KeyState::kRevoked) return absl::FailedPreconditionError("the key is revoked; prepare another one");
  if (!row->has_secret()) return absl::FailedPreconditionError("the key has no secret half here, so it cannot sign");
  if (row->state != KeyState::kActive) Succeed({row->kind, row->use}, *row, now, draft);
  return std::move(draft).Take();
}

absl::StatusOr<RotationPlan> PlanRetirement(const KeyTable& table, const std::string& id, absl::Time now) {
  Draft draft(table);
  const KeyRow* row = draft.Find(id);
  if (row == nullptr) return NoSuchKey();
  if (row->state == KeyState::kRevoked) return absl::FailedPreconditionError("the key is revoked already");
  if (row->state == KeyState::kRetired) return std::move(draft).Take();
  const Group group{row->kind, row->use};
  if (row->state == KeyState::kAnnounced || !row->has_secret() || !IsSigned(row->use)) {
    draft.Move(id, KeyState::kRetired, now);
    return std::move(draft).Take();
  }
  const KeyRow* heir = draft.Oldest(group, KeyState::kAnnounced);
  if (heir == nullptr) {
    return absl::FailedPreconditionError("nothing would sign in its place; prepare a key of its kind and use first");
  }
  Succeed(group, *heir, now, draft);
  return std::move(draft).Take();
}

absl::StatusOr<RotationPlan> PlanKeyRevocation(const KeyTable& table, const std::string& id, absl::Time now) {
  Draft draft(table);
  const KeyRow* row = draft.Find(id);
  if (row == nullptr) return NoSuchKey();
  if (row->state != KeyState::kRevoked) Revoke(*row, now, draft);
  return std::move(draft).Take();
}

RotationPlan PlanImport(const KeyTable& table, absl::Span<const KeyRow> file, absl::Time now) {
  Draft draft(table);
  for (KeyRow row : file) {
    const KeyRow* known = draft.Find(row.id);
    if (known != nullptr) {
      if (row.state == KeyState::kRevoked && known->state != KeyState::kRevoked) Revoke(*known, now, draft);
      continue;
    }
    if (std::find(table.gone.begin(), table.gone.end(), row.id) != table.gone.end()) continue;
    const bool is_taken = draft.Oldest({row.kind, row.use}, KeyState::kActive) != nullptr;
    if (row.state == KeyState::kActive && row.has_secret() && is_taken) row.state = KeyState::kAnnounced;
    row.state_since = now;
    draft.Put(std::move(row));
  }
  return std::move(draft).Take();
}

}  // namespace paseto::service
