// A program that fills the disk on which its store and its audit file lie, and then makes room. It says what went wrong
// and exits with 1, or exits with 0. For a small file system of its own: it writes until there is no space.
//
// Usage: full_disk_probe FOLDER
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "grpc_paseto/service/audit/audit_verifier.h"
#include "grpc_paseto/service/store/sqlite_maintenance.h"
#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/blocking_store.h"
#include "grpc_paseto/tests/service/store/sample_sessions.h"

namespace paseto::service {
namespace {

constexpr int kMostSessions = 10000;
constexpr size_t kBallastBytes = size_t{512} << 10;

void Require(bool holds, const char* what, const absl::Status& status = absl::OkStatus()) {
  if (holds) return;
  fprintf(stderr, "%s: %s\n", what, status.ToString().c_str());
  _exit(1);
}

Session LargeSession(int number) {
  Session session = SampleSession(number);
  session.grant = std::string(20000, 'g');
  return session;
}

class Probe {
 public:
  explicit Probe(std::string folder)
      : folder_(std::move(folder)),
        ballast_(folder_ + "/ballast"),
        options_{.folder = folder_ + "/data", .audit = AuditOptions{folder_ + "/audit.jsonl", folder_ + "/audit.key"}} {
  }

  void Run() {
    std::ofstream(ballast_) << std::string(kBallastBytes, 'b');
    Open();
    FillTheDisk();
    RequireAllThere("while the disk is full");
    for (int i = 0; i < 3; ++i) {
      const absl::Status again = store().Create(LargeSession(kMostSessions + i)).status();
      Require(absl::IsUnavailable(again), "a write on a full disk", again);
    }
    Require(store().ReadHead().ok(), "reading the head on a full disk");

    Require(unlink(ballast_.c_str()) == 0, "making room");
    const absl::StatusOr<Session> created = store().Create(LargeSession(++last_));
    Require(created.ok(), "a write when there is room", created.status());
    const auto rotated = store().Rotate(SampleAttempt(LargeSession(1), 1), kNow);
    Require(rotated.ok() && rotated->outcome == RotationOutcome::kRotated, "a refresh when there is room");
    store_ = nullptr;
    Open();
    RequireAllThere("after a restart");
    store_ = nullptr;
    AuditVerifier verifier(AuditVerifier::Begins::kWithTheFirstEvent);
    const absl::Status audited = verifier.Read(options_.audit->file);
    Require(audited.ok(), "the audit file", audited);
    Require(verifier.events() == last_ + 1, "every acknowledged change is audited once");
  }

 private:
  BlockingStore store() { return BlockingStore(*store_); }
  void Open() {
    absl::StatusOr<std::unique_ptr<SessionStore>> opened = OpenSqliteStore(options_);
    Require(opened.ok(), "opening", opened.status());
    store_ = *std::move(opened);
  }
  void FillTheDisk() {
    while (last_ < kMostSessions) {
      const absl::Status created = store().Create(LargeSession(last_ + 1)).status();
      if (created.ok()) {
        ++last_;
        continue;
      }
      Require(absl::IsUnavailable(created), "the code of a full disk", created);
      Require(absl::StrContains(created.message(), "full"), "the text of a full disk", created);
      Require(last_ > 10, "some sessions fit");
      return;
    }
    Require(false, "the disk has an end");
  }
  void RequireAllThere(const char* when) {
    for (int i = 1; i <= last_; ++i) {
      const absl::StatusOr<absl::optional<Session>> found = store().Find(SampleSessionId(i));
      Require(found.ok() && found->has_value(), when, found.status());
    }
  }

  const std::string folder_;
  const std::string ballast_;
  const SqliteStoreOptions options_;
  std::unique_ptr<SessionStore> store_;
  int last_ = 0;
};

}  // namespace
}  // namespace paseto::service

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  paseto::service::Probe(argv[1]).Run();
  return 0;
}
