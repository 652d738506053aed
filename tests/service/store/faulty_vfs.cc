#include "grpc_paseto/tests/service/store/faulty_vfs.h"

#include <new>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace paseto::service {

// Ours in front, the real file right behind it, in the memory that SQLite gives.
struct FaultyVfs::File {
  sqlite3_file base;
  FaultyVfs* owner;
  const char* name;  // of SQLite, as long as the file is open
  bool is_log;
  bool is_record;
  bool is_database;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
};

FaultyVfs::FaultyVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
  vfs_.zName = "faulty";
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
  vfs_.xOpen = &Open;
  vfs_.xDelete = &Delete;
  sqlite3_vfs_register(&vfs_, 1);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

int FaultyVfs::Delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  auto* const owner = static_cast<FaultyVfs*>(vfs->pAppData);
  LossyDisk* const disk = owner->disk_;
  if (disk != nullptr && !disk->Delete(name)) return SQLITE_IOERR_DELETE;
  return owner->real_->xDelete(owner->real_, name, sync_folder);
}

int FaultyVfs::Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  File* const ours = File::Of(file);
  if (ours->is_database) ++ours->owner->database_writes_;
  if (ours->owner->fault_ == Fault::kDiskFull) return SQLITE_FULL;
  LossyDisk* const disk = ours->owner->disk_;
  const absl::string_view content(static_cast<const char*>(bytes), static_cast<size_t>(size));
  if (disk != nullptr && !disk->Write(ours->name, content, offset)) return SQLITE_IOERR_WRITE;
  return ours->real()->pMethods->xWrite(ours->real(), bytes, size, offset);
}

int FaultyVfs::Truncate(sqlite3_file* file, sqlite3_int64 size) {
  File* const ours = File::Of(file);
  LossyDisk* const disk = ours->owner->disk_;
  if (disk != nullptr && !disk->Truncate(ours->name, size)) return SQLITE_IOERR_TRUNCATE;
  return ours->real()->pMethods->xTruncate(ours->real(), size);
}

int FaultyVfs::Sync(sqlite3_file* file, int flags) {
  File* const ours = File::Of(file);
  const Fault fault = ours->owner->fault_;
  if (ours->is_log && fault == Fault::kLogSyncFails) return SQLITE_IOERR_FSYNC;
  if (ours->is_record && fault == Fault::kRecordSyncFails) return SQLITE_IOERR_FSYNC;
  LossyDisk* const disk = ours->owner->disk_;
  if (disk != nullptr) return disk->Flush(ours->name) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
  return ours->real()->pMethods->xSync(ours->real(), flags);
}

int FaultyVfs::Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  using F = sqlite3_file;
  static const sqlite3_io_methods kMethods = {
      .iVersion = 2,
      .xClose = [](F* f) { return File::Of(f)->real()->pMethods->xClose(File::Of(f)->real()); },
      .xRead = [](F* f, void* to, int size,
                  sqlite3_int64 at) { return File::Of(f)->real()->pMethods->xRead(File::Of(f)->real(), to, size, at); },
      .xWrite = &Write,
      .xTruncate = &Truncate,
      .xSync = &Sync,
      .xFileSize =
          [](F* f, sqlite3_int64* size) { return File::Of(f)->real()->pMethods->xFileSize(File::Of(f)->real(), size); },
      .xLock = [](F* f, int level) { return File::Of(f)->real()->pMethods->xLock(File::Of(f)->real(), level); },
      .xUnlock = [](F* f, int level) { return File::Of(f)->real()->pMethods->xUnlock(File::Of(f)->real(), level); },
      .xCheckReservedLock =
          [](F* f, int* held) { return File::Of(f)->real()->pMethods->xCheckReservedLock(File::Of(f)->real(), held); },
      .xFileControl =
          [](F* f, int op, void* argument) {
            return File::Of(f)->real()->pMethods->xFileControl(File::Of(f)->real(), op, argument);
          },
      .xSectorSize = [](F* f) { return File::Of(f)->real()->pMethods->xSectorSize(File::Of(f)->real()); },
      .xDeviceCharacteristics =
          [](F* f) { return File::Of(f)->real()->pMethods->xDeviceCharacteristics(File::Of(f)->real()); },
      .xShmMap =
          [](F* f, int page, int size, int extend, void volatile** address) {
            return File::Of(f)->real()->pMethods->xShmMap(File::Of(f)->real(), page, size, extend, address);
          },
      .xShmLock =
          [](F* f, int offset, int count, int lock_flags) {
            return File::Of(f)->real()->pMethods->xShmLock(File::Of(f)->real(), offset, count, lock_flags);
          },
      .xShmBarrier = [](F* f) { File::Of(f)->real()->pMethods->xShmBarrier(File::Of(f)->real()); },
      .xShmUnmap = [](F* f,
                      int remove) { return File::Of(f)->real()->pMethods->xShmUnmap(File::Of(f)->real(), remove); },
      .xFetch = nullptr,
      .xUnfetch = nullptr,
  };
  auto* const owner = static_cast<FaultyVfs*>(vfs->pAppData);
  LossyDisk* const disk = owner->disk_;
  const bool is_record = name != nullptr && absl::EndsWith(name, "/progress");
  File* const ours = new (file) File{.base = {nullptr},
                                     .owner = owner,
                                     .name = name,
                                     .is_log = (flags & SQLITE_OPEN_WAL) != 0,
                                     .is_record = is_record,
                                     .is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0 && !is_record};
  ours->real()->pMethods = nullptr;
  const int code = owner->real_->xOpen(owner->real_, name, ours->real(), flags, out_flags);
  if (ours->real()->pMethods != nullptr) ours->base.pMethods = &kMethods;
  if (code == SQLITE_OK && disk != nullptr && !disk->Open(name)) return SQLITE_CANTOPEN;
  return code;
}

}  // namespace paseto::service
