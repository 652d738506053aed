// SqliteReaders: threads that answer questions, each on a connection of its own that sees one snapshot per question.
//
// Threads: Submit may be called from several threads at once.
#ifndef GRPC_PASETO_SERVICE_STORE_SQLITE_READERS_H_
#define GRPC_PASETO_SERVICE_STORE_SQLITE_READERS_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpc_paseto/service/store/completion_pool.h"
#include "grpc_paseto/service/store/operation_queue.h"
#include "grpc_paseto/service/store/sqlite_connection.h"
#include "grpc_paseto/service/store/sqlite_reads.h"

namespace paseto::service {

class SqliteReaders {
 public:
  using ReadOperation = Operation<SqliteReads>;

  // `pool` outlives the readers.
  static absl::StatusOr<std::unique_ptr<SqliteReaders>> Start(const std::string& database, int threads, int max_waiting,
                                                              CompletionPool& pool);
  ~SqliteReaders();

  void Submit(std::unique_ptr<ReadOperation> operation);

  // Finishes what was accepted, refuses the rest, and closes the connections.
  void Stop();

 private:
  struct Reader {
    explicit Reader(SqliteConnection connection) : connection(std::move(connection)) {}
    SqliteConnection connection;
    std::unique_ptr<SqliteReads> reads;
    std::thread thread;
  };

  SqliteReaders(int max_waiting, CompletionPool& pool) : pool_(pool), queue_(static_cast<size_t>(max_waiting)) {}
  absl::Status AddReader(const std::string& database);
  void Loop(SqliteReads& reads);

  CompletionPool& pool_;
  OperationQueue<SqliteReads> queue_;
  std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_SERVICE_STORE_SQLITE_READERS_H_
