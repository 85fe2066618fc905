// Which crops of a scored dataset people look at after an epoch. Pure: a function of the scores in sample order, so the
// same for any ranks.
//
//   for (const DisplayRow& row : plan_display(crops, display_columns(datasets)))
//     for (const std::uint32_t crop : row.crops) show(row.title, crop);
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace unmask {

struct DisplayCrop {
  std::uint8_t label = 0;   // 1 = fake
  double score = 0;         // fake probability
  std::uint32_t video = 0;  // dense index: crops of one video look alike
  std::string_view method;
};

struct DisplayRow {
  std::string title;
  std::vector<std::uint32_t> crops;  // indices
};

/// Three rows of at most `columns` crops. The first two have one crop a video, as the scores order them, the earlier
/// first where they are equal: those furthest from their truth; those closest to 0.5. The third has crops of every
/// method, that with the largest mean distance from the truth first: as many of each as there is room for, evenly
/// spaced by score (one is the median).
std::vector<DisplayRow> plan_display(std::span<const DisplayCrop> crops, std::size_t columns);

/// Fewer where many datasets share a picture: 8 of one, 4 of two, at least 3.
std::size_t display_columns(std::size_t datasets);

}  // namespace unmask
