// A program that a test kills, or rather one that kills itself: it changes the keys of a store a few times, writes a
// line to its output for each change that was acknowledged, begins one more change, and dies in the middle of it.
//
//   VERSION REVOKED-ID      the table's version, and the key that the change revoked, or -
//
// Usage: key_crasher FOLDER KEK HOUR CHANGES SPINS
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/core/paseto/paserk.h"
#include "grpc_paseto/service/keys/key_keeper.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/support/fake_clock.h"

namespace paseto::service {
namespace {

[[noreturn]] void Fail(const absl::Status& status) {
  std::cerr << status.ToString() << std::endl;
  _exit(2);
}

// One write, so that a line is whole or not there at all.
void Say(const std::string& line) {
  if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(3);
}

std::string SignerIn(const KeyTable& table) {
  for (const KeyRow& row : table.rows) {
    if (row.use == KeyUse::kAccess && row.state == KeyState::kActive) return row.id;
  }
  return "-";
}

class Crasher {
 public:
  Crasher(const std::string& folder, const std::string& kek, int hour)
      : clock_(absl::FromUnixSeconds(1'700'000'000) + absl::Hours(hour)),
        store_(OpenSqliteStore({.folder = folder}).value()),
        keeper_(std::make_shared<KeyKeeper>(KeyKeeper::Dependencies{
            store_->keys(), clock_, log_, Kek(*ParsePaserkV4Local(kek)), Policy(), [](auto) {}})) {}

  int Run(int changes, int spins) {
    if (absl::Status loaded = keeper_->Load({}); !loaded.ok()) Fail(loaded);
    std::promise<std::string> signer;
    keeper_->Read([&](absl::StatusOr<KeyTable> table) { signer.set_value(SignerIn(*table)); });
    signer_ = signer.get_future().get();
    for (int i = 0; i < changes; ++i) {
      std::promise<void> done;
      Change(i, [&] { done.set_value(); });
      done.get_future().get();
    }
    Change(changes, [] {});
    for (std::atomic<int> spun = 0; spun < spins;) ++spun;
    kill(getpid(), SIGKILL);
    return 1;
  }

 private:
  static RotationPolicy Policy() {
    RotationPolicy policy;
    policy.every = absl::Hours(1);
    policy.keep_access = policy.keep_refresh = policy.keep_client = absl::Hours(2);
    return policy;
  }

  // A rotation, then a revocation of the signer, then again.
  void Change(int number, std::function<void()> done) {
    clock_.Advance(absl::Hours(1));
    const std::string revoked = number % 2 == 0 ? "-" : signer_;
    const ClientId by("admin");
    Done<KeyTable> changed = [this, revoked, done](absl::StatusOr<KeyTable> table) {
      if (!table.ok()) Fail(table.status());
      signer_ = SignerIn(*table);
      Say(absl::StrCat(table->version, " ", revoked, "\n"));
      done();
    };
    number % 2 == 0 ? keeper_->Turn({}, std::move(changed)) : keeper_->Revoke(revoked, by, std::move(changed));
  }

  FakeClock clock_;
  const JsonLog log_{std::cerr, LogSeverity::kError};
  const std::unique_ptr<SessionStore> store_;
  const std::shared_ptr<KeyKeeper> keeper_;
  std::string signer_;
};

}  // namespace
}  // namespace paseto::service

int main(int argc, char** argv) {
  if (argc != 6) return 64;
  return paseto::service::Crasher(argv[1], argv[2], atoi(argv[3])).Run(atoi(argv[4]), atoi(argv[5]));
}
