// A face that was found in a picture or a frame, and what a detector says of it.
#pragma once

#include <cstdint>
#include <optional>

#include "data/sample.h"

namespace unmask {

struct ScoredFace {
  std::uint32_t frame = 0;    // number in the video
  std::int64_t time_us = -1;  // of the frame; -1: a picture's
  std::uint32_t track = 0;    // which person
  FaceBox box;
  double score = 0;                     // fake probability
  double sharpness = 0;                 // of its crop (model/score/sharpness.h)
  std::optional<double> distance = {};  // from the model's Gaussian; nothing where it has none
};

}  // namespace unmask
