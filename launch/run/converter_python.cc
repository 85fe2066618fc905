#include "launch/run/converter_python.h"

#include <cstdlib>

namespace unmask {

namespace fs = std::filesystem;

std::optional<fs::path> converter_python() {
  if (const char* python = std::getenv("UNMASK_PYTHON")) return python;
  std::error_code none;
  fs::path folder = fs::read_symlink("/proc/self/exe", none).parent_path();
  for (; !folder.empty() && folder != folder.root_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / ".venv/bin/python", none)) return folder / ".venv/bin/python";
  }
  return std::nullopt;
}

}  // namespace unmask
