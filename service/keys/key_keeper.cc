#include "grpc_paseto/service/keys/key_keeper.h"

#include <algorithm>

#include "absl/synchronization/notification.h"

namespace paseto::service {
namespace {

constexpr int kAttempts = 8;
// How often the store is told that a verifier is still there.
constexpr absl::Duration kSeenInterval = absl::Minutes(5);

Key MakeKey(const WantedKey& wanted) {
  const KeyAttributes attributes{wanted.use, wanted.state, {}};
  if (wanted.kind == kV4Local) return Key(V4LocalKey::Generate(), attributes);
  if (wanted.kind == kV3Local) return Key(V3LocalKey::Generate(), attributes);
  if (wanted.kind == kV3Public) return *Key::Create(V3SecretKey::Generate(), attributes);  // in range: it was generated
  return Key(V4SecretKey::Generate(), attributes);
}

absl::Status Await(absl::FunctionRef<void(Done<KeyTable>)> start) {
  absl::Status status;
  absl::Notification done;
  start([&](absl::StatusOr<KeyTable> table) {
    status = table.status();
    done.Notify();
  });
  done.WaitForNotification();
  return status;
}

const KeyRow* FindRow(const KeyTable& table, const std::string& id) {
  const auto found =
      std::find_if(table.rows.begin(), table.rows.end(), [&](const KeyRow& row) { return row.id == id; });
  return found != table.rows.end() ? &*found : nullptr;
}

}  // namespace

KeyKeeper::KeyKeeper(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

absl::Status KeyKeeper::Load(absl::Span<const Key> file) {
  const absl::Time now = dependencies_.clock.Now();
  std::vector<KeyRow> rows;
  for (const Key& key : file) rows.push_back(dependencies_.kek.Wrap(key, now));
  absl::Status loaded = Await([&](Done<KeyTable> done) {
    Change([rows, now](const KeyTable& table) { return PlanImport(table, rows, now); }, kAttempts, std::move(done));
  });
  if (!loaded.ok()) return loaded;
  return Await([&](Done<KeyTable> done) { Turn({}, std::move(done)); });
}

void KeyKeeper::Turn(std::vector<VerifierAck> live, Done<KeyTable> done) {
  const absl::Time now = dependencies_.clock.Now();
  std::vector<VerifierAck> news = NewsOf(std::move(live));
  const auto read = [self = shared_from_this(), now](Done<KeyTable> then) {
    self->dependencies_.store.ReadAcks(
        now - kVerifierMemory, [self, then = std::move(then)](absl::StatusOr<std::vector<VerifierAck>> acks) mutable {
          self->TurnBy(std::move(acks), std::move(then));
        });
  };
  if (news.empty()) return read(std::move(done));
  dependencies_.store.SaveAcks(std::move(news), now, now - kVerifierMemory,
                               [read, done = std::move(done)](absl::StatusOr<int> saved) mutable {
                                 if (!saved.ok()) return std::move(done)(saved.status());
                                 read(std::move(done));
                               });
}

void KeyKeeper::TurnBy(absl::StatusOr<std::vector<VerifierAck>> acks, Done<KeyTable> done) {
  if (!acks.ok()) return std::move(done)(acks.status());
  Change(
      [this, acks = *std::move(acks)](const KeyTable& table) -> absl::StatusOr<RotationPlan> {
        return PlanRotation(table, acks, dependencies_.policy, dependencies_.clock.Now());
      },
      kAttempts, std::move(done));
}

// What the store does not know yet of the verifiers that are connected here.
std::vector<VerifierAck> KeyKeeper::NewsOf(std::vector<VerifierAck> live) {
  const absl::Time now = dependencies_.clock.Now();
  absl::MutexLock lock(&mutex_);
  absl::flat_hash_map<std::pair<std::string, std::string>, Saved> still;
  std::vector<VerifierAck> news;
  for (VerifierAck& ack : live) {
    const std::pair<std::string, std::string> name(ack.client.text(), ack.verifier);
    const auto known = saved_.find(name);
    const bool is_known =
        known != saved_.end() && known->second.key_version == ack.key_version && now - known->second.at < kSeenInterval;
    if (is_known || news.size() == kMaxAcksAtOnce) {
      if (known != saved_.end()) still.insert(*known);
      continue;
    }
    still[name] = {ack.key_version, now};
    news.push_back(std::move(ack));
  }
  saved_ = std::move(still);
  return news;
}

void KeyKeeper::Prepare(TokenKind kind, KeyUse use, ClientId by, Done<KeyTable> done) {
  Order(
      std::move(by), [kind, use](const KeyTable& table) { return PlanPreparation(table, kind, use); }, std::move(done));
}

void KeyKeeper::Activate(std::string id, ClientId by, Done<KeyTable> done) {
  Order(
      std::move(by),
      [id = std::move(id), now = dependencies_.clock.Now()](const KeyTable& table) {
        return PlanActivation(table, id, now);
      },
      std::move(done));
}

void KeyKeeper::Retire(std::string id, ClientId by, Done<KeyTable> done) {
  Order(
      std::move(by),
      [id = std::move(id), now = dependencies_.clock.Now()](const KeyTable& table) {
        return PlanRetirement(table, id, now);
      },
      std::move(done));
}

void KeyKeeper::Revoke(std::string id, ClientId by, Done<KeyTable> done) {
  Order(
      std::move(by),
      [id = std::move(id), now = dependencies_.clock.Now()](const KeyTable& table) {
        return PlanKeyRevocation(table, id, now);
      },
      std::move(done));
}

void KeyKeeper::Read(Done<KeyTable> done) { dependencies_.store.ReadKeys(std::move(done)); }

void KeyKeeper::ReadAcks(Done<std::vector<VerifierAck>> done) {
  dependencies_.store.ReadAcks(dependencies_.clock.Now() - kVerifierMemory, std::move(done));
}

void KeyKeeper::Order(ClientId by, Plan plan, Done<KeyTable> done) {
  Change(
      [by = std::move(by), plan = std::move(plan)](const KeyTable& table) {
        absl::StatusOr<RotationPlan> planned = plan(table);
        if (planned.ok()) planned->change.by = by;
        return planned;
      },
      kAttempts, std::move(done));
}

void KeyKeeper::Change(Plan plan, int attempts, Done<KeyTable> done) {
  dependencies_.store.ReadKeys([self = shared_from_this(), plan = std::move(plan), attempts,
                                done = std::move(done)](absl::StatusOr<KeyTable> before) mutable {
    if (!before.ok()) return std::move(done)(before.status());
    self->Apply(*before, std::move(plan), attempts, std::move(done));
  });
}

void KeyKeeper::Apply(const KeyTable& before, Plan plan, int attempts, Done<KeyTable> done) {
  absl::StatusOr<RotationPlan> planned = plan(before);
  if (!planned.ok()) return std::move(done)(planned.status());
  if (planned->empty()) {
    if (absl::Status status = Publish(before); !status.ok()) return std::move(done)(status);
    return std::move(done)(before);
  }
  dependencies_.store.ChangeKeys(Complete(*std::move(planned)), dependencies_.clock.Now(),
                                 [self = shared_from_this(), before, plan = std::move(plan), attempts,
                                  done = std::move(done)](absl::StatusOr<KeyTable> after) mutable {
                                   if (absl::IsAborted(after.status()) && attempts > 1) {
                                     return self->Change(std::move(plan), attempts - 1, std::move(done));
                                   }
                                   if (!after.ok()) return std::move(done)(after.status());
                                   self->Tell(before, *after);
                                   if (absl::Status status = self->Publish(*after); !status.ok())
                                     return std::move(done)(status);
                                   std::move(done)(*std::move(after));
                                 });
}

KeyChange KeyKeeper::Complete(RotationPlan plan) const {
  const absl::Time now = dependencies_.clock.Now();
  for (const WantedKey& wanted : plan.wanted) {
    plan.change.put.push_back(dependencies_.kek.Wrap(MakeKey(wanted), now));
  }
  return std::move(plan.change);
}

absl::Status KeyKeeper::Publish(const KeyTable& table) {
  absl::MutexLock one_at_a_time(&publish_mutex_);
  {
    absl::MutexLock lock(&mutex_);
    if (table.version <= published_version_) return absl::OkStatus();
  }
  std::vector<Key> keys;
  for (const KeyRow& row : table.rows) {
    absl::StatusOr<Key> key = dependencies_.kek.Open(row);
    if (!key.ok()) return key.status();
    keys.push_back(*std::move(key));
  }
  absl::StatusOr<std::shared_ptr<const KeySet>> set = KeySet::Create(std::move(keys));
  if (!set.ok()) return set.status();
  {
    absl::MutexLock lock(&mutex_);
    published_version_ = table.version;
    published_serial_ = (*set)->serial();
  }
  dependencies_.publish(*std::move(set));
  return absl::OkStatus();
}

// Who asks has been given the set, and may ask while it is being published.
int64_t KeyKeeper::VersionOf(const KeySet& keys) const {
  absl::MutexLock lock(&mutex_);
  return keys.serial() == published_serial_ ? published_version_ : 0;
}

void KeyKeeper::Tell(const KeyTable& before, const KeyTable& after) const {
  const auto tell = [this](const KeyRow& row, absl::string_view state) {
    dependencies_.log.Message(LogSeverity::kInfo, "key",
                              {{"key_id", absl::string_view(row.id)},
                               {"kind", TokenKindName(row.kind)},
                               {"use", KeyUseName(row.use)},
                               {"state", state}});
  };
  for (const KeyRow& row : after.rows) {
    const KeyRow* was = FindRow(before, row.id);
    if (was == nullptr || was->state != row.state) tell(row, KeyStateName(row.state));
  }
  for (const KeyRow& row : before.rows) {
    if (FindRow(after, row.id) == nullptr) tell(row, "dropped");
  }
}

}  // namespace paseto::service
