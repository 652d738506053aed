// The SQLite engine runs the suite of all engines.
#include <memory>

#include "grpc_paseto/service/store/sqlite_store.h"
#include "grpc_paseto/tests/service/store/session_store_conformance.h"
#include "grpc_paseto/tests/service/store/temp_folder.h"

namespace paseto::service {
namespace {

class SqliteEngine final : public StoreEngine {
 public:
  absl::StatusOr<std::unique_ptr<SessionStore>> Open() override { return OpenSqliteStore({.folder = temp_ / "data"}); }

 private:
  TempFolder temp_;
};

std::unique_ptr<StoreEngine> MakeSqliteEngine() { return std::make_unique<SqliteEngine>(); }

INSTANTIATE_TEST_SUITE_P(Sqlite, SessionStoreConformance, ::testing::Values(&MakeSqliteEngine));
INSTANTIATE_TEST_SUITE_P(Sqlite, SessionStoreIssues, ::testing::Values(&MakeSqliteEngine));
INSTANTIATE_TEST_SUITE_P(Sqlite, KeyStoreConformance, ::testing::Values(&MakeSqliteEngine));
INSTANTIATE_TEST_SUITE_P(Sqlite, SessionStoreRaces, ::testing::Values(&MakeSqliteEngine));

}  // namespace
}  // namespace paseto::service
