// What `unmask prepare` made, or would, for people. Pure. The counts are those of close_prepared(): by
// "<dataset>/<split>".
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "data/prepare/prepare_counts.h"
#include "data/prepare/prepare_estimate.h"

namespace unmask {

/// A row per store, a column per status that any has.
std::string counts_table(const std::map<std::string, PrepareCounts>& by_store);
/// "bad: real/x.mp4: truncated (12 of 32 frames read): …", the first twenty, and how many more.
std::vector<std::string> bad_source_lines(const std::map<std::string, PrepareCounts>& by_store);
/// Frames that have a crop.
std::int64_t usable_frames(const std::map<std::string, PrepareCounts>& by_store);
/// A row per dataset, and which columns are estimates.
std::string estimate_table(std::span<const PrepareEstimate> estimates);

}  // namespace unmask
