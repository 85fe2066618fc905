// Which of a person's faces speak most for and against a fake, and what is shown of them. Pure.
//
//   for (const TellingFace& telling : telling_faces(input.faces)) explain(input.faces[telling.face]);
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/score/scored_face.h"

namespace unmask {

/// Where in a crop the model looks: a grid of rows, 0 to 255, 255 its strongest place; all 0 where it has none.
struct HeatGrid {
  int columns = 0;
  std::vector<int> values;
};

struct TellingFace {
  std::size_t face = 0;  // index
  bool for_fake = false;
  std::string picture = {};  // data URI of the crop
  HeatGrid heat = {};        // of "fake" or "real", as for_fake says
};

/// Of each person at most `most` with the highest scores, highest first, then at most `most` of the others with the
/// lowest, lowest first; of equal ones the first. A lone face is for fake. People in the order of tracks, of the first
/// `most_people` of them.
std::vector<TellingFace> telling_faces(std::span<const ScoredFace> faces, std::size_t most = 3,
                                       std::size_t most_people = 12);

}  // namespace unmask
