#include "base/error.h"

#include <cstring>
#include <filesystem>

namespace unmask {

Error io_error(std::string_view path, std::string_view action, int error_number) {
  return Error(ErrorKind::kFailed, std::string(path) + ": " + std::string(action) + ": " + std::strerror(error_number),
               cause_of_errno(error_number));
}

std::string plain_text(const std::exception& error) {
  const auto* of_files = dynamic_cast<const std::filesystem::filesystem_error*>(&error);
  if (of_files == nullptr) return error.what();
  const std::string& target = (of_files->path2().empty() ? of_files->path1() : of_files->path2()).string();
  return target + ": " + of_files->code().message();
}

}  // namespace unmask
