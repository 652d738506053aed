// TempFolder: a folder of a test's own, gone with the object.
#ifndef GRPC_PASETO_TESTS_SERVICE_STORE_TEMP_FOLDER_H_
#define GRPC_PASETO_TESTS_SERVICE_STORE_TEMP_FOLDER_H_

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace paseto::service {

class TempFolder {
 public:
  TempFolder() : path_((std::filesystem::temp_directory_path() / "paseto-store-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) abort();
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace paseto::service

#endif  // GRPC_PASETO_TESTS_SERVICE_STORE_TEMP_FOLDER_H_
