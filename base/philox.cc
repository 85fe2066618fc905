#include "base/philox.h"

#include <cmath>
#include <numbers>
#include <utility>

namespace unmask {

double Draws::normal() {
  if (has_spare_normal_) {
    has_spare_normal_ = false;
    return spare_normal_;
  }
  // 1 - u lies in (0, 1], where the logarithm is finite.
  const double radius = std::sqrt(-2.0 * std::log(1.0 - static_cast<double>(uniform())));
  const double angle = 2.0 * std::numbers::pi * static_cast<double>(uniform());
  spare_normal_ = radius * std::sin(angle);
  has_spare_normal_ = true;
  return radius * std::cos(angle);
}

void shuffle(std::span<std::uint32_t> values, Draws& draws) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[draws.below(static_cast<std::uint32_t>(i))]);
  }
}

}  // namespace unmask
