#include "base/error.h"

#include <cstring>

namespace unmask {

Error io_error(std::string_view path, std::string_view action, int error_number) {
  return Error(ErrorKind::kFailed, std::string(path) + ": " + std::string(action) + ": " + std::strerror(error_number),
               cause_of_errno(error_number));
}

}  // namespace unmask
