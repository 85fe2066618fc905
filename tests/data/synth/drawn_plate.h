// Plates of drawn people, for tests.
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

#include "data/synth/synth_face.h"
#include "data/synth/synth_paint.h"

namespace unmask::synth {

inline DrawnFace person(std::uint32_t who) {
  Draws draws(11, DrawFor::kSynth, who);
  return draw_face(draws);
}

/// A picture of the person; `scene` and `pose` number its light and its expression.
inline cv::Mat drawn_plate(std::uint32_t who, std::uint32_t scene = 1, std::uint32_t pose = 2) {
  return paint_face(person(who), Draws(11, DrawFor::kSynth, who, 0, scene), Draws(11, DrawFor::kSynth, who, 0, pose));
}

/// Mean absolute difference of two pictures within an area.
inline double difference(const cv::Mat& a, const cv::Mat& b, const cv::Rect& area) {
  return cv::norm(a(area), b(area), cv::NORM_L1) / (area.area() * a.channels());
}

}  // namespace unmask::synth
