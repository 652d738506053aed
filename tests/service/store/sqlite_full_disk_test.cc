// A store on a real file system that has no space left. FaultyVfs has the same in other tests, everywhere.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "grpc_paseto/tests/service/store/temp_folder.h"

namespace paseto::service {
namespace {

// What puts a command into a mount namespace of its own; empty where this user may not.
std::string Unshare() {
  for (const char* command : {"unshare -rm", "unshare -m"}) {
    if (std::system(absl::StrCat(command, " mount -t tmpfs none /mnt 2>/dev/null").c_str()) == 0) return command;
  }
  return "";
}

TEST(SqliteFullDiskTest, WritesFailClearlyReadsGoOnAndWritesGoOnWhenThereIsRoom) {
  const std::string unshare = Unshare();
  if (unshare.empty()) GTEST_SKIP() << "this user may not mount a small file system";
  const TempFolder temp;
  const std::string inside = R"(mount -t tmpfs -o size=4m none "$0" && exec "$1" "$0")";
  const std::string command = absl::StrCat(unshare, " sh -c '", inside, "' '", temp / "", "' '", FULL_DISK_PROBE, "'");
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

}  // namespace
}  // namespace paseto::service
