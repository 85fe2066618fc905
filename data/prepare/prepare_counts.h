// What `unmask prepare` made, counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/prepare/prepare_problems.h"
#include "data/store/crop_store.h"

namespace unmask {

/// Rows by status, and the sources that couldn't be read, or not as a whole, by name.
struct PrepareCounts {
  std::map<std::string, std::int64_t> by_status;
  std::vector<std::string> bad;  // "videos/x.mp4: truncated (12 of 32 frames read): ends in frame 40"
};

/// By "<dataset>/<split>", as the rows' splits say.
std::map<std::string, PrepareCounts> count_rows(const CropStore& prepared, const PrepareProblems& problems);

}  // namespace unmask
