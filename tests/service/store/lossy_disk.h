// LossyDisk: what a disk holds after the power went. What was written since the last flush of a file may be there, in
// part: sector by sector, in any order. A disk that lies loses flushed writes of the database and its log, too.
//
// FaultyVfs tells it what SQLite does. The files themselves hold everything, as the page cache does; Crash makes them
// what the disk has.
// Threads: all methods may be called from several threads at once.
#ifndef GRPC_PASETO_TESTS_SERVICE_STORE_LOSSY_DISK_H_
#define GRPC_PASETO_TESTS_SERVICE_STORE_LOSSY_DISK_H_

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace paseto::service {

class LossyDisk {
 public:
  explicit LossyDisk(uint32_t seed) : random_(seed) {}

  // The power goes at the `operations`-th write or flush from now on: from there on nothing is done any more.
  void LosePowerAfter(int operations);
  bool has_power() const;

  // False when there is no power.
  bool Open(const std::string& path);
  bool Write(const std::string& path, absl::string_view bytes, int64_t offset);
  bool Delete(const std::string& path);  // at once, as if its folder was flushed
  bool Truncate(const std::string& path, int64_t size);
  bool Flush(const std::string& path);

  enum class Honesty {
    kHonest,
    kLies,  // the last flushes of everything but the progress record may not have happened
  };
  // Makes the files what a restart finds, and power is back.
  void Crash(Honesty honesty);

 private:
  struct Change {
    bool is_truncation = false;
    int64_t offset = 0;  // or the size
    std::string bytes = {};
  };
  struct File {
    std::string durable = {};              // what is there for sure
    std::vector<std::string> before = {};  // what was there for sure before the last flushes
    std::vector<Change> pending = {};      // since the last flush
  };

  bool Step() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Apply(const Change& change, std::string& content);
  // A part of the change that may have reached the disk.
  void ApplyTorn(const Change& change, size_t sector_bytes, std::string& content) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int Draw(int below) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::mt19937 random_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, File> files_ ABSL_GUARDED_BY(mutex_);
  int operations_left_ ABSL_GUARDED_BY(mutex_) = -1;  // below 0: the power stays
  bool has_power_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SERVICE_STORE_LOSSY_DISK_H_
