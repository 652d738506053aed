// SqliteCheckpoints: when the writer moves pages from the write-ahead log to the database file.
//
// Two connections that checkpoint at the same time can damage a database of this SQLite version (3.40), so only the
// writer's does, and only here.
//
// Threads: belongs to its connection's thread.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_CHECKPOINTS_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_CHECKPOINTS_H_

#include "absl/status/status.h"
#include "grpc_paseto/service/store/sqlite_connection.h"

namespace paseto::service {

class SqliteCheckpoints {
 public:
  // `writer` outlives the object.
  explicit SqliteCheckpoints(SqliteConnection& writer);
  SqliteCheckpoints(const SqliteCheckpoints&) = delete;
  SqliteCheckpoints& operator=(const SqliteCheckpoints&) = delete;

  // Moves pages when the log has grown enough. A failure is not an error: the log keeps everything.
  void AfterCommit();
  // Moves all pages and empties the log. REQUIRES: no reader is connected.
  absl::Status AtClose();

 private:
  SqliteConnection& writer_;
  int log_pages_ = 0;     // as of the last commit
  int next_attempt_ = 0;  // the size of the log at which to try
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_CHECKPOINTS_H_
