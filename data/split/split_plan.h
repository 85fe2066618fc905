// Which split each video goes to: a function of names, shares and seed alone.
//
//   const SplitPlan plan = plan_split("base", videos, {.by = SplitBy::kIdentity, .calibration = 0.05});
//   plan.splits[0];  // Split::kTrain; nothing: the video is left out
//   for (const std::string& line : plan.said) std::cout << line << "\n";
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/split/split_options.h"
#include "data/split/split_video.h"

namespace unmask {

struct SplitPlan {
  std::vector<std::optional<Split>> splits;  // [videos]
  std::vector<std::string> said;             // what a user must know of them, a line each
};

/// The order of `videos` plays no role. THROWS Error(kUsage) naming the dataset where a split that was asked for would
/// hold no crop, Error(kData) where the official split of a video isn't known; both with what to do.
SplitPlan plan_split(const std::string& dataset, std::span<const SplitVideo> videos, const SplitOptions& options);

}  // namespace unmask
