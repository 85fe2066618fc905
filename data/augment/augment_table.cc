#include "data/augment/augment_table.h"

#include "data/augment/augment_geometry.h"

namespace unmask {

void make_augment_table(std::span<const AugmentDraw> draws, int crop_px, AugmentTable& table) {
  table.crops = static_cast<int>(draws.size());
  table.rows.clear();
  table.values.clear();
  for (const AugmentDraw& draw : draws) {
    const std::array<double, 9> m = to_padded(draw);
    for (int y = 0; y < crop_px; ++y) {
      for (const std::size_t i : {0u, 3u, 6u}) table.rows.push_back(static_cast<float>(m[i + 1] * y + m[i + 2]));
      const RowSpan span = row_span(draw, crop_px, y);
      table.rows.push_back(static_cast<float>(span.begin));
      table.rows.push_back(static_cast<float>(span.end));
    }
    for (const std::size_t i : {0u, 3u, 6u}) table.values.push_back(static_cast<float>(m[i]));
    for (const float factor : {draw.brightness, draw.contrast, draw.saturation}) table.values.push_back(factor);
    for (const int edge : {draw.erase.x, draw.erase.y, draw.erase.width, draw.erase.height})
      table.values.push_back(static_cast<float>(edge));
  }
}

}  // namespace unmask
