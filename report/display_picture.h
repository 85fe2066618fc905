// Draws an epoch's crops with truth and score, as a PNG. Equal arguments give equal bytes.
//
//   DisplayBlock block{"base/val", {{"closest to 0.5", {{1, 0.48, "deepfakes", "000_003 #12", 224, rgb}}}}};
//   const std::string png = display_picture("demo, trial 0007, epoch 3", std::array{block});
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace unmask {

struct DisplayCell {
  std::uint8_t label = 0;         // 1 = fake
  double score = 0;               // fake probability
  std::string method, name;       // of the crop
  int px = 0;                     // side
  std::vector<std::uint8_t> rgb;  // [px, px, 3]
};

struct DisplayBlock {
  struct Row {
    std::string title;
    std::vector<DisplayCell> cells;
  };
  std::string title;
  std::vector<Row> rows;
};

/// As wide as the longest row. Below a crop stand its truth, in a colour that its frame has too, its score, "wrong"
/// where that is on the other side of 0.5, its method and its name. THROWS std::exception where memory is short.
std::string display_picture(const std::string& title, std::span<const DisplayBlock> blocks);

}  // namespace unmask
