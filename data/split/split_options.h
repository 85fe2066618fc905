// What `unmask split` is asked for.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/words.h"

namespace unmask {

enum class SplitBy : std::uint8_t {
  kOfficial,   // as those who made the dataset split it
  kPublished,  // as its layout says: what `unmask prepare` did
  kIdentity,   // nobody, target or source, is in two splits
  kVideo       // whole videos
};
constexpr auto words_of(SplitBy) {
  using enum SplitBy;
  return std::to_array<Word<SplitBy>>(
      {{"official", kOfficial}, {"published", kPublished}, {"identity", kIdentity}, {"video", kVideo}});
}

struct SplitOptions {
  SplitBy by = SplitBy::kIdentity;
  double val = 0.1, test = 0.1, calibration = 0;  // shares of all videos; calibration comes out of train, by identity
  std::uint64_t seed = 0;
  bool leave_out_crossing = false;  // fakes whose target and source fall on two sides go nowhere, and bind nobody
};

/// What is wrong, as the command line has it: "--val must be in [0, 1], got 2".
std::vector<std::string> validate(const SplitOptions& options);

}  // namespace unmask
