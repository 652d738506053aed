#include "grpc_paseto/service/store/sqlite_readers.h"

#include <utility>

namespace paseto::service {

absl::StatusOr<std::unique_ptr<SqliteReaders>> SqliteReaders::Start(const std::string& database, int threads,
                                                                    int max_waiting, CompletionPool& pool) {
  std::unique_ptr<SqliteReaders> readers(new SqliteReaders(max_waiting, pool));
  for (int i = 0; i < threads; ++i) {
    if (absl::Status status = readers->AddReader(database); !status.ok()) return status;
  }
  return readers;
}

absl::Status SqliteReaders::AddReader(const std::string& database) {
  absl::StatusOr<SqliteConnection> connection = SqliteConnection::Open(database, SqliteConnection::Role::kReader);
  if (!connection.ok()) return connection.status();
  auto reader = std::make_unique<Reader>(*std::move(connection));
  absl::StatusOr<std::unique_ptr<SqliteReads>> reads = SqliteReads::Prepare(reader->connection);
  if (!reads.ok()) return reads.status();
  reader->reads = *std::move(reads);
  reader->thread = std::thread([this, raw = reader->reads.get()] { Loop(*raw); });
  readers_.push_back(std::move(reader));
  return absl::OkStatus();
}

SqliteReaders::~SqliteReaders() { Stop(); }

void SqliteReaders::Submit(std::unique_ptr<ReadOperation> operation) {
  const absl::Status accepted = queue_.Push(operation);
  if (accepted.ok()) return;
  pool_.Post([refused = std::move(operation), accepted] { refused->Finish(accepted); });
}

void SqliteReaders::Stop() {
  queue_.Stop();
  for (const std::unique_ptr<Reader>& reader : readers_) reader->thread.join();
  readers_.clear();
}

void SqliteReaders::Loop(SqliteReads& reads) {
  while (true) {
    std::vector<std::unique_ptr<ReadOperation>> next = queue_.Pop(1);
    if (next.empty()) return;
    const absl::Status begun = reads.Begin();
    if (begun.ok()) {
      next.front()->Run(reads);
      reads.End();
    }
    pool_.Post([operation = std::move(next.front()), begun] { operation->Finish(begun); });
  }
}

}  // namespace paseto::service
