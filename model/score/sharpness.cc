#include "model/score/sharpness.h"

#include <cstddef>
#include <vector>

namespace unmask {

double sharpness(std::span<const std::uint8_t> rgb, int px) {
  const auto side = static_cast<std::size_t>(px);
  std::vector<double> luma(side * side);
  for (std::size_t i = 0; i < luma.size(); ++i)
    luma[i] = 0.299 * rgb[3 * i] + 0.587 * rgb[3 * i + 1] + 0.114 * rgb[3 * i + 2];
  double sum = 0, squares = 0;
  for (std::size_t y = 1; y + 1 < side; ++y) {
    for (std::size_t i = y * side + 1; i + 1 < (y + 1) * side; ++i) {
      const double laplacian = luma[i - side] + luma[i - 1] + luma[i + 1] + luma[i + side] - 4 * luma[i];
      sum += laplacian;
      squares += laplacian * laplacian;
    }
  }
  const auto count = static_cast<double>((side - 2) * (side - 2));
  return squares / count - sum / count * (sum / count);
}

}  // namespace unmask
