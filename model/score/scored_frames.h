// The frames that evaluation_csv wrote, read back: what a model said of each, without opening a store.
//
//   const std::vector<EvaluatedFrame> frames = frames_from_csv(read_text_file(file, limit), file);
//   const std::vector<ScoredVideo> videos = scored_videos(frames);  // videos[0].scored.score: the mean of its frames'
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/score/evaluation.h"

namespace unmask {

/// Every row, in the order of the text; what the text doesn't tell (box, people, source) is as in a fresh FrameInfo.
/// THROWS Error(kData) naming `name` and the line.
std::vector<EvaluatedFrame> frames_from_csv(const std::string& csv, const std::string& name);

struct ScoredVideo {
  std::size_t frame = 0;  // its first frame that has a score
  Scored scored;          // mean over its frames that have one
};

/// The videos that have a score, in order of first appearance: a video is (dataset, method, compression, name).
std::vector<ScoredVideo> scored_videos(std::span<const EvaluatedFrame> frames);

}  // namespace unmask
