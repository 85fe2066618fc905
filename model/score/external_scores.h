// Other people's scores of the frames or videos of stores: a CSV file with a header, its columns in any order.
//
//   score                        any finite number, higher for fakes; empty: no score
//   path                         as the store has it (FrameInfo::source), or a longer one that ends in it
//   video                        the video's name; one of path and video must be there
//   frame                        its number in the video; without it the row is for all frames of the video
//   dataset, method, compression where a name alone isn't enough: FaceForensics++ has four fakes of one name
//
// Other columns are left alone, so that `unmask evaluate --csv` writes what is read here. Pure: from text.
//
//   const ExternalScores found = take_external_scores(text, "theirs.csv", frames);  // frames[i].score is theirs now
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/score/evaluation.h"

namespace unmask {

struct ExternalScores {
  std::int64_t rows = 0, unmatched = 0, empty = 0;  // empty: rows without a score
  std::string first_unmatched;                      // "line 7: d/e.mp4"
  std::int64_t videos = 0, videos_without = 0;      // of the frames
  /// "theirs.csv: 120 rows; 3 match nothing (the first: …); 2 of 50 videos have no score".
  std::string told(const std::string& name) const;
};

/// Replaces the scores of `frames`: those that no row names have none. THROWS Error(kData) naming the line: no column
/// that is needed, no number, a row that several videos answer to, a frame with two scores.
ExternalScores take_external_scores(const std::string& csv, const std::string& name,
                                    std::vector<EvaluatedFrame>& frames);

}  // namespace unmask
