// AuditTrail: writes what a store has committed to the end of an audit chain, in the order of the commits.
//
// The store keeps every event in an outbox row of the same transaction, and the head of the chain beside it; it deletes
// rows up to durable(). So a crash, at any point, leaves an event in the outbox, in the file, or in both, and Open
// writes what the file lacks.
//
// Threads: one of its own writes; all methods may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_AUDIT_AUDIT_TRAIL_H_
#define GRPC_PASETO_SERVICE_AUDIT_AUDIT_TRAIL_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpc_paseto/service/audit/audit_chain.h"
#include "grpc_paseto/service/audit/audit_file.h"

namespace paseto::service {

struct AuditOptions {
  std::string file;
  std::string key_file;      // made when it is missing and no event was ever written
  bool fail_closed = false;  // answers wait until the file has the event on its disk; without: at most a second later
  // Told when the file cannot be written, and with OK when it can again. Runs on the trail's thread.
  std::function<void(const absl::Status&)> on_trouble = {};
};

// What a store knows of its chain when it is opened.
struct StoredAudit {
  AuditHead head;
  std::string mac;                 // AuditMac of the head; empty when there was none yet
  std::vector<AuditBatch> outbox;  // what was committed after the head, in order
};

class AuditTrail {
 public:
  using Answer = absl::AnyInvocable<void(const absl::Status& fate) &&>;

  // Brings the file up to what is stored. Errors: FAILED_PRECONDITION when the key, the file and the stored head do not
  // belong together; others for the file system.
  static absl::StatusOr<std::unique_ptr<AuditTrail>> Open(AuditOptions options, const StoredAudit& stored);
  ~AuditTrail();

  // OK while more may be committed. Errors: UNAVAILABLE when the file cannot be written and the answers wait for it, or
  // too much waits.
  absl::Status Ready() const;

  // Writes the batch, and runs `answer`: at once, or when the batch is durable (fail_closed; UNKNOWN when that cannot
  // be: it is tried again, and the store keeps it).
  void Append(AuditBatch batch, Answer answer);

  // The last event that is on the disk, and its mac.
  AuditHead durable() const;
  std::string MacOf(const AuditHead& head) const { return AuditMac(head, key_); }
  // The id of the last event that the file held when it was opened, or the store.
  int64_t last_id() const { return last_id_; }

  // Writes what was accepted. REQUIRES: nothing is appended any more.
  void Stop();

 private:
  AuditTrail(AuditOptions options, std::unique_ptr<AuditFile> file, std::string key);
  static absl::StatusOr<std::string> KeyFor(const AuditOptions& options, const StoredAudit& stored);
  absl::Status BringUpToDate(const StoredAudit& stored);
  void Loop();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || !waiting_.empty(); }
  // Takes what waits, and says whether the trail goes on.
  bool Collect(std::vector<Answer>& answers);
  absl::Status WritePending();
  absl::Status MakeDurable();
  void Note(const absl::Status& status);

  const AuditOptions options_;
  const std::string key_;
  int64_t last_id_ = 0;

  // Of the thread.
  const std::unique_ptr<AuditFile> file_;
  std::vector<AuditBatch> pending_;  // not durable yet
  size_t written_ = 0;               // how many of them are in the file
  AuditHead head_;                   // after those
  int64_t durable_size_ = 0;         // of the file
  absl::Time last_sync_ = absl::InfinitePast();

  mutable absl::Mutex mutex_;
  std::vector<AuditBatch> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mutex_);
  size_t backlog_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  AuditHead durable_ ABSL_GUARDED_BY(mutex_);
  absl::Status trouble_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_AUDIT_AUDIT_TRAIL_H_
