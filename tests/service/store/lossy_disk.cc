#include "grpc_paseto/tests/service/store/lossy_disk.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace paseto::service {
namespace {

constexpr size_t kSectorBytes = 512;
constexpr size_t kFlushesThatMayBeLost = 3;

bool IsProgressRecord(const std::string& path) { return path.ends_with("/progress"); }

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void LossyDisk::LosePowerAfter(int operations) {
  absl::MutexLock lock(&mutex_);
  operations_left_ = operations;
}

bool LossyDisk::has_power() const {
  absl::MutexLock lock(&mutex_);
  return has_power_;
}

int LossyDisk::Draw(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

bool LossyDisk::Step() {
  if (has_power_ && operations_left_ >= 0 && operations_left_-- == 0) has_power_ = false;
  return has_power_;
}

bool LossyDisk::Open(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  if (!has_power_) return false;
  if (files_.count(path) == 0) files_[path].durable = Content(path);
  return true;
}

bool LossyDisk::Delete(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  if (has_power_) files_.erase(path);
  return has_power_;
}

bool LossyDisk::Write(const std::string& path, absl::string_view bytes, int64_t offset) {
  absl::MutexLock lock(&mutex_);
  // The write that the power goes in may be there, too.
  if (has_power_) files_[path].pending.push_back({false, offset, std::string(bytes)});
  return Step();
}

bool LossyDisk::Truncate(const std::string& path, int64_t size) {
  absl::MutexLock lock(&mutex_);
  if (has_power_) files_[path].pending.push_back({true, size});
  return Step();
}

bool LossyDisk::Flush(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  if (!Step()) return false;
  File& file = files_[path];
  file.before.push_back(file.durable);
  if (file.before.size() > kFlushesThatMayBeLost) file.before.erase(file.before.begin());
  for (const Change& change : file.pending) Apply(change, file.durable);
  file.pending.clear();
  return true;
}

void LossyDisk::Apply(const Change& change, std::string& content) {
  const auto offset = static_cast<size_t>(change.offset);
  if (change.is_truncation) return content.resize(offset);
  if (content.size() < offset + change.bytes.size()) content.resize(offset + change.bytes.size());
  content.replace(offset, change.bytes.size(), change.bytes);
}

void LossyDisk::ApplyTorn(const Change& change, size_t sector_bytes, std::string& content) {
  if (change.is_truncation) {
    if (Draw(2) == 0) Apply(change, content);
    return;
  }
  const int chance = Draw(3);  // none, half, or all of its sectors
  for (size_t done = 0; done < change.bytes.size();) {
    const size_t at = static_cast<size_t>(change.offset) + done;
    const size_t size = std::min(sector_bytes - at % sector_bytes, change.bytes.size() - done);
    if (Draw(2) < chance) Apply({false, static_cast<int64_t>(at), change.bytes.substr(done, size)}, content);
    done += size;
  }
}

void LossyDisk::Crash(Honesty honesty) {
  absl::MutexLock lock(&mutex_);
  const int lost_flushes = honesty == Honesty::kLies ? Draw(static_cast<int>(kFlushesThatMayBeLost) + 1) : 0;
  for (auto& [path, file] : files_) {
    const bool is_record = IsProgressRecord(path);
    std::string content = file.durable;
    const auto lost = std::min<size_t>(is_record ? 0 : static_cast<size_t>(lost_flushes), file.before.size());
    if (lost > 0) {
      content = file.before[file.before.size() - lost];
    } else {
      // No disk promises to write a slot of the record whole.
      for (const Change& change : file.pending) ApplyTorn(change, is_record ? 64 : kSectorBytes, content);
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    std::filesystem::remove(path + "-shm");
  }
  files_.clear();
  operations_left_ = -1;
  has_power_ = true;
}

}  // namespace paseto::service
