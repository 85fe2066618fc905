// Where the pixels of an augmented crop come from.
#pragma once

#include <array>

#include "data/augment/augment_plan.h"

namespace unmask {

/// Columns [begin, end) of an output row that the input reaches; the rest is black.
struct RowSpan {
  int begin = 0, end = 0;
};

/// Of output row `y` of a crop of side `px`: where its pixels come from inside the image, before the perspective and in
/// the input with its black border.
RowSpan row_span(const AugmentDraw& draw, int px, int y);

/// Row-major 3 x 3: output pixel centre → position in the input with a black border of one pixel before it.
std::array<double, 9> to_padded(const AugmentDraw& draw);

}  // namespace unmask
