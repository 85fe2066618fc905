// A dataset that is scored: all crops of one split, and which of them are of one video. No torch here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/store/sample_list.h"

namespace unmask {

struct ScoredDataset {
  std::string name;
  SampleList samples;
  std::vector<std::uint32_t> all;       // 0 … size - 1
  std::vector<std::uint32_t> video_of;  // dense video index of each sample (video_index.h)
  Digest128 fingerprint;                // of samples
};

/// Opens `<stores>/<name>/<split>.crops`. THROWS Error(kData) where that is missing, damaged, or holds no crop.
ScoredDataset open_scored_dataset(const std::filesystem::path& stores, const std::string& name, Split split,
                                  const OpenStore& open = open_store);

}  // namespace unmask
