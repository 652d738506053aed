// FaultyVfs: the operating system under SQLite, with faults on demand. Everything else goes to the real one.
//
// While the object lives, every database that is opened goes through it. One at a time.
#ifndef GRPC_PASETO_TESTS_SERVICE_STORE_FAULTY_VFS_H_
#define GRPC_PASETO_TESTS_SERVICE_STORE_FAULTY_VFS_H_

#include <sqlite3.h>

#include <atomic>

#include "grpc_paseto/tests/service/store/lossy_disk.h"

namespace paseto::service {

class FaultyVfs {
 public:
  enum class Fault { kNone, kLogSyncFails, kRecordSyncFails, kDiskFull };

  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  void Set(Fault fault) { fault_ = fault; }
  // From now on files are kept as this disk keeps them; nullptr: as the real one does. Set while none is open.
  void Use(LossyDisk* disk) { disk_ = disk; }
  // How many writes to the database file itself, which only checkpoints make.
  int database_writes() const { return database_writes_; }

 private:
  struct File;
  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags);
  static int Delete(sqlite3_vfs* vfs, const char* name, int sync_folder);
  static int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset);
  static int Truncate(sqlite3_file* file, sqlite3_int64 size);
  static int Sync(sqlite3_file* file, int flags);

  sqlite3_vfs* const real_;
  sqlite3_vfs vfs_;
  std::atomic<Fault> fault_ = Fault::kNone;
  std::atomic<LossyDisk*> disk_ = nullptr;
  std::atomic<int> database_writes_ = 0;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SERVICE_STORE_FAULTY_VFS_H_
