// Videos dealt out to splits by shares, so that those which hang together stay together (data/split/video_chains.h).
//
//   const DealtVideos dealt = deal_by_identity(videos, {{0.1, Split::kTest}, {0.1, Split::kVal}}, options);
//   dealt.splits[0];  // kTest, kVal or, the rest, kTrain
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "data/split/split_options.h"
#include "data/split/split_video.h"

namespace unmask {

struct SplitShare {
  double share = 0;
  Split split = Split::kTest;
};

struct DealtVideos {
  std::vector<std::optional<Split>> splits;  // [videos]; nothing: left out
  std::size_t largest_chain = 0;             // videos of it
  std::size_t crossing = 0;                  // videos left out: target and source are on two sides
};

/// Nobody is on two sides, neither as target nor as source; a video that names nobody stands alone. Of `options` count
/// seed and leave_out_crossing. The order of the videos plays no role.
DealtVideos deal_by_identity(std::span<const SplitVideo* const> videos, std::span<const SplitShare> shares,
                             const SplitOptions& options);

/// By whole videos, all compressions of one together. A fake goes with the original of its target where that is among
/// `videos`: the real video with the fake's name, or with the target's.
DealtVideos deal_by_video(std::span<const SplitVideo* const> videos, std::span<const SplitShare> shares,
                          const SplitOptions& options);

}  // namespace unmask
