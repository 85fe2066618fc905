// What `unmask prepare` made, for people. Pure. The counts are those of join_prepared(): by "<dataset>/<split>".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/prepare/prepare.h"

namespace unmask {

/// A row per store, a column per status that any has.
std::string counts_table(const std::map<std::string, PrepareCounts>& by_store);
/// "bad frame: datasets/…/x_001.png: truncated", the first twenty, and how many more.
std::vector<std::string> bad_frame_lines(const std::map<std::string, PrepareCounts>& by_store);
/// Frames that have a crop.
std::int64_t usable_frames(const std::map<std::string, PrepareCounts>& by_store);

}  // namespace unmask
