#include "launch/check/disk_space.h"

#include <cstdio>

namespace unmask {

namespace fs = std::filesystem;

std::string bytes_text(double bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  for (; bytes >= 999.95 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
  return text;
}

fs::path existing_folder(const std::string& run) {
  std::error_code none;
  fs::path folder = run.empty() ? fs::current_path(none) : fs::absolute(run, none).lexically_normal();
  while (!fs::is_directory(folder, none) && folder != folder.root_path()) folder = folder.parent_path();
  return folder;
}

}  // namespace unmask
