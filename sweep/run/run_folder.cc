#include "sweep/run/run_folder.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>

namespace unmask {

std::string trial_number(int id) {
  char text[16];
  std::snprintf(text, sizeof text, "%04d", id);
  return text;
}

std::string trial_name(int id) { return "trial " + trial_number(id); }

std::filesystem::path RunFolder::trial(int id) const { return trials() / trial_number(id); }

std::int64_t RunFolder::newest_checkpoint_step(int id) const {
  constexpr std::string_view kPrefix = "step-", kSuffix = ".safetensors";
  std::int64_t newest = 0;
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator(trial(id) / "checkpoints", ignored)) {
    const std::string name = file.path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    std::int64_t step = 0;
    const char* end = name.data() + name.size() - kSuffix.size();
    const auto read = std::from_chars(name.data() + kPrefix.size(), end, step);
    if (read.ec == std::errc() && read.ptr == end) newest = std::max(newest, step);
  }
  return newest;
}

void RunFolder::remove_checkpoints(int id) const {
  std::error_code ignored;
  std::filesystem::remove_all(trial(id) / "checkpoints", ignored);
}

}  // namespace unmask
