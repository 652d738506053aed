// TemporaryFolder: a folder of a test's own, removed with everything in it when the object dies.
#ifndef GRPC_PASETO_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
#define GRPC_PASETO_TESTS_SUPPORT_TEMPORARY_FOLDER_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace paseto {

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(::testing::TempDir() + "/grpc_paseto_XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no temporary folder " << path_;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  // Puts a file in place in one step, as careful writers do.
  std::string Write(const std::string& name, const std::string& content) const {
    std::ofstream(File(name + ".new"), std::ios::binary) << content;
    std::filesystem::rename(File(name + ".new"), File(name));
    return File(name);
  }

 private:
  std::string path_;
};

}  // namespace paseto

#endif  // GRPC_PASETO_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
