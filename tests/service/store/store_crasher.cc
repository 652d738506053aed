// A program that a test kills. It signs sessions in, refreshes and revokes them without an end, many at once, and
// writes one line to its output for each operation that the store acknowledged:
//
//   created ID | rotated ID GENERATION | revoked ID REVISION
//
// Usage: store_crasher FOLDER ROUND [AUDIT-FILE]; in even rounds an answer waits for the audit file
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"

namespace paseto::service {
namespace {

constexpr int kChains = 32;
constexpr int kSessionsPerRound = 1000000;

// One write, so that a line is whole or not there at all.
void Say(const std::string& line) {
  if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(3);
}

[[noreturn]] void Fail(const absl::Status& status) {
  fprintf(stderr, "%s\n", status.ToString().c_str());
  _exit(2);
}

// One caller: a session after the other, each refreshed six times and every third one revoked.
class Chain {
 public:
  Chain(SessionStore& store, std::atomic<int>& next_session) : store_(store), next_session_(next_session) {}

  void NewSession() {
    number_ = next_session_++;
    store_.Create(SampleSession(number_), [this](absl::StatusOr<Session> session) {
      if (!session.ok()) Fail(session.status());
      session_ = *std::move(session);
      Say(absl::StrCat("created ", session_.id.text(), "\n"));
      Refresh();
    });
  }

 private:
  void Refresh() {
    store_.Rotate(SampleAttempt(session_, session_.generation), kNow, [this](absl::StatusOr<RotationResult> result) {
      if (!result.ok()) Fail(result.status());
      if (result->outcome != RotationOutcome::kRotated) Fail(absl::InternalError("a refresh was refused"));
      session_ = std::move(result->session);
      Say(absl::StrCat("rotated ", session_.id.text(), " ", session_.generation, "\n"));
      if (session_.generation < 7) {
        Refresh();
      } else if (number_ % 3 == 0) {
        Revoke();
      } else {
        NewSession();
      }
    });
  }

  void Revoke() {
    store_.Revoke(SampleOrder(RevocationKind::kSession, session_.id.text()), kNow,
                  [this](absl::StatusOr<FeedPosition> position) {
                    if (!position.ok()) Fail(position.status());
                    Say(absl::StrCat("revoked ", session_.id.text(), " ", position->revision, "\n"));
                    NewSession();
                  });
  }

  SessionStore& store_;
  std::atomic<int>& next_session_;
  int number_ = 0;
  Session session_;
};

int Run(const std::string& folder, int round, const std::string& audit_file) {
  SqliteStoreOptions options{.folder = folder};
  if (!audit_file.empty())
    options.audit = AuditOptions{audit_file, audit_file + ".key", /*fail_closed=*/round % 2 == 0};
  absl::StatusOr<std::unique_ptr<SessionStore>> store = OpenSqliteStore(options);
  if (!store.ok()) Fail(store.status());
  std::atomic<int> next_session = round * kSessionsPerRound;
  std::vector<std::unique_ptr<Chain>> chains;
  for (int i = 0; i < kChains; ++i) chains.push_back(std::make_unique<Chain>(**store, next_session));
  for (const std::unique_ptr<Chain>& chain : chains) chain->NewSession();
  absl::Notification never;
  never.WaitForNotification();
  return 0;
}

}  // namespace
}  // namespace paseto::service

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  return paseto::service::Run(argv[1], atoi(argv[2]), argc > 3 ? argv[3] : "");
}
