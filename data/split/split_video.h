// A video of a prepared dataset, as splitting sees it, and the public collection that it comes from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "data/sample.h"

namespace unmask {

struct SplitVideo {
  std::uint8_t label = 0;
  std::string method, compression, video, target_identity, source_identity;
  std::string source;               // the file below the folder that was prepared; "" if unknown
  Split published = Split::kTrain;  // what the layout said
  std::int64_t rows = 0, crops = 0;
};

/// Collections with a split, or none, that all the world uses.
enum class Collection : std::uint8_t { kUnknown, kFaceForensics, kDeepFakeDetection, kDfdc, kCelebDf };

/// By the names that the collection itself gives: of folders, methods and videos. A dataset called like "celeb_df_v2"
/// is Celeb-DF.
Collection collection_of(const SplitVideo& video, const std::string& dataset);

/// Of DFDC: 12 for a file in dfdc_train_part_12, also dfdc_train_part_12/….
std::optional<int> dfdc_part(const SplitVideo& video);

}  // namespace unmask
