#include "data/augment/augment_geometry.h"

#include <algorithm>
#include <cmath>

namespace unmask {
namespace {

/// Narrows [low, high] to where a * x + b >= 0.
void cut(double a, double b, double& low, double& high) {
  if (a > 0) {
    low = std::max(low, -b / a);
  } else if (a < 0) {
    high = std::min(high, -b / a);
  } else if (!(b >= 0)) {
    high = low - 1;
  }
}

}  // namespace

RowSpan row_span(const AugmentDraw& draw, int px, int y) {
  double low = 0, high = px - 1;
  const auto keep = [&](const std::array<double, 9>& m, double margin) {
    const double w = m[7] * y + m[8];
    for (std::size_t row = 0; row < 2; ++row) {
      // -margin <= (a x + b) / (m6 x + w) <= px - 1 + margin, the denominator being positive inside.
      const double a = m[row * 3], b = m[row * 3 + 1] * y + m[row * 3 + 2], end = px - 1 + margin;
      cut(a + margin * m[6], b + margin * w, low, high);
      cut(end * m[6] - a, end * w - b, low, high);
    }
  };
  keep(draw.to_flat, 0.5);
  keep(draw.to_input, 1.0);
  if (!(low <= high)) return {};
  const RowSpan span{static_cast<int>(std::ceil(low)), static_cast<int>(std::floor(high)) + 1};
  return span.begin < span.end ? span : RowSpan{};
}

std::array<double, 9> to_padded(const AugmentDraw& draw) {
  // The border moves every position by one: a shift, on the left of to_input.
  std::array<double, 9> result{};
  for (std::size_t i = 0; i < 9; ++i) result[i] = draw.to_input[i] + (i < 6 ? draw.to_input[6 + i % 3] : 0.0);
  return result;
}

}  // namespace unmask
