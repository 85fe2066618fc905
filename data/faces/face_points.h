// Where eyes, nose and mouth are in a frame.
#pragma once

#include <array>

namespace unmask {

struct FacePoint {
  double x = 0, y = 0;
  bool operator==(const FacePoint&) const = default;
};

/// As seen: the left eye, the right eye, the nose's tip, the mouth's left corner, its right one; pixels of the frame.
using FivePoints = std::array<FacePoint, 5>;

}  // namespace unmask
