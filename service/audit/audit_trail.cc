#include "grpc_paseto/service/audit/audit_trail.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpc_paseto/service/audit/audit_key.h"

namespace paseto::service {
namespace {

constexpr absl::Duration kSyncInterval = absl::Seconds(1);
constexpr size_t kLargestBacklogBytes = size_t{32} << 20;

size_t SizeOf(const AuditBatch& batch) {
  size_t bytes = 0;
  for (const std::string& body : batch.bodies) bytes += body.size();
  return bytes;
}

void AddLines(const AuditBatch& batch, AuditHead& head, std::string& text) {
  for (size_t i = 0; i < batch.bodies.size(); ++i) {
    absl::StrAppend(&text, NextAuditLine(batch.first_id + static_cast<int64_t>(i), batch.bodies[i], head), "\n");
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditTrail>> AuditTrail::Open(AuditOptions options, const StoredAudit& stored) {
  absl::StatusOr<std::string> key = KeyFor(options, stored);
  if (!key.ok()) return key.status();
  absl::StatusOr<std::unique_ptr<AuditFile>> file = AuditFile::Open(options.file);
  if (!file.ok()) return file.status();
  std::unique_ptr<AuditTrail> trail(new AuditTrail(std::move(options), *std::move(file), *std::move(key)));
  if (absl::Status status = trail->BringUpToDate(stored); !status.ok()) return status;
  trail->thread_ = std::thread([raw = trail.get()] { raw->Loop(); });
  return trail;
}

AuditTrail::AuditTrail(AuditOptions options, std::unique_ptr<AuditFile> file, std::string key)
    : options_(std::move(options)), key_(std::move(key)), file_(std::move(file)) {}

AuditTrail::~AuditTrail() { Stop(); }

absl::StatusOr<std::string> AuditTrail::KeyFor(const AuditOptions& options, const StoredAudit& stored) {
  absl::StatusOr<std::string> key = ReadAuditKey(options.key_file);
  if (absl::IsNotFound(key.status()) && stored.mac.empty()) return MakeAuditKey(options.key_file);
  if (!key.ok() || stored.mac.empty() || AuditMacMatches(stored.head, *key, stored.mac)) return key;
  return absl::FailedPreconditionError(
      absl::StrCat("the head of the store's audit chain was not made with the key '", options.key_file,
                   "': another key is there, or somebody changed the store; put the right key back"));
}

// What the outbox and the file both hold must be the same.
absl::Status AuditTrail::BringUpToDate(const StoredAudit& stored) {
  absl::StatusOr<AuditFile::Tail> tail = file_->Recover(stored.head);
  if (!tail.ok()) return tail.status();
  AuditHead head = tail->head;
  std::string missing;
  for (const AuditBatch& batch : stored.outbox) {
    for (size_t i = 0; i < batch.bodies.size(); ++i) {
      const int64_t id = batch.first_id + static_cast<int64_t>(i);
      if (id > head.id) {
        absl::StrAppend(&missing, NextAuditLine(id, batch.bodies[i], head), "\n");
      } else if (const auto there = tail->bodies.find(id);
                 there != tail->bodies.end() && there->second != batch.bodies[i]) {
        return absl::FailedPreconditionError(
            absl::StrCat("event ", id, " of the audit file '", options_.file,
                         "' is not what the store has; move the file away, and tokend begins a new one"));
      }
    }
  }
  if (absl::Status status = file_->Append(missing); !status.ok()) return status;
  if (absl::Status status = file_->Sync(); !status.ok()) return status;
  head_ = head;
  last_id_ = head.id;
  durable_size_ = file_->size();
  absl::MutexLock lock(&mutex_);
  durable_ = head;
  return absl::OkStatus();
}

absl::Status AuditTrail::Ready() const {
  absl::MutexLock lock(&mutex_);
  if (!trouble_.ok() && options_.fail_closed) return trouble_;
  if (backlog_bytes_ > kLargestBacklogBytes) {
    return trouble_.ok() ? absl::UnavailableError("the audit file is too slow for so many changes; try again later")
                         : trouble_;
  }
  return absl::OkStatus();
}

void AuditTrail::Append(AuditBatch batch, Answer answer) {
  {
    absl::MutexLock lock(&mutex_);
    backlog_bytes_ += SizeOf(batch);
    waiting_.push_back(std::move(batch));
    if (options_.fail_closed) {
      answers_.push_back(std::move(answer));
      return;
    }
  }
  std::move(answer)(absl::OkStatus());
}

AuditHead AuditTrail::durable() const {
  absl::MutexLock lock(&mutex_);
  return durable_;
}

void AuditTrail::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void AuditTrail::Loop() {
  bool more = true;
  while (more) {
    std::vector<Answer> answers;
    more = Collect(answers);
    absl::Status status = WritePending();
    const bool due = options_.fail_closed || !more || absl::Now() - last_sync_ >= kSyncInterval;
    if (status.ok() && due && !pending_.empty()) status = MakeDurable();
    if (!status.ok()) {
      file_->CutTo(durable_size_);  // and everything since then is written again
      written_ = 0;
      head_ = durable();
    }
    Note(status);
    const absl::Status fate =
        status.ok() ? status : absl::UnknownError(absl::StrCat("it has happened, but ", status.message()));
    for (Answer& answer : answers) std::move(answer)(fate);
  }
}

bool AuditTrail::Collect(std::vector<Answer>& answers) {
  absl::MutexLock lock(&mutex_);
  const absl::Condition has_work(this, &AuditTrail::HasWork);
  if (pending_.empty()) {
    mutex_.Await(has_work);
  } else {
    mutex_.AwaitWithTimeout(has_work, kSyncInterval);
  }
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(pending_));
  waiting_.clear();
  answers.swap(answers_);
  return !stopped_;
}

absl::Status AuditTrail::WritePending() {
  if (file_->WasMoved()) {
    if (absl::Status status = MakeDurable(); !status.ok()) return status;
    if (absl::Status status = file_->Reopen(); !status.ok()) return status;
    durable_size_ = file_->size();
  }
  std::string text;
  AuditHead head = head_;
  for (size_t i = written_; i < pending_.size(); ++i) AddLines(pending_[i], head, text);
  if (absl::Status status = file_->Append(text); !status.ok()) return status;
  written_ = pending_.size();
  head_ = head;
  return absl::OkStatus();
}

absl::Status AuditTrail::MakeDurable() {
  if (absl::Status status = file_->Sync(); !status.ok()) return status;
  last_sync_ = absl::Now();
  durable_size_ = file_->size();
  size_t bytes = 0;
  for (size_t i = 0; i < written_; ++i) bytes += SizeOf(pending_[i]);
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(written_));
  written_ = 0;
  absl::MutexLock lock(&mutex_);
  durable_ = head_;
  backlog_bytes_ -= bytes;
  return absl::OkStatus();
}

void AuditTrail::Note(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (trouble_.ok() == status.ok()) return;
    trouble_ = status;
  }
  if (options_.on_trouble != nullptr) options_.on_trouble(status);
}

}  // namespace paseto::service
