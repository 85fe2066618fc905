#include "data/augment/normalisation.h"

#include <string>

#include "base/error.h"

namespace unmask {
namespace {

/// Every byte's value, made by the same product and difference as augment's.
struct NormalTable {
  float value[3][256];
  NormalTable() {
    const auto [multiply, subtract] = image_normalisation();
    for (int k = 0; k < 3; ++k) {
      for (int byte = 0; byte < 256; ++byte) value[k][byte] = static_cast<float>(byte) * multiply[k] - subtract[k];
    }
  }
};

}  // namespace

Normalisation image_normalisation() {
  Normalisation result{};
  for (int k = 0; k < 3; ++k) {
    result.multiply[k] = static_cast<float>(1.0 / (255.0 * static_cast<double>(kImageNetDeviation[k])));
    result.subtract[k] =
        static_cast<float>(static_cast<double>(kImageNetMean[k]) / static_cast<double>(kImageNetDeviation[k]));
  }
  return result;
}

void check_crop_sizes(std::size_t rgb, int px, std::size_t output) {
  const std::size_t wanted = px > 0 ? static_cast<std::size_t>(px) * static_cast<std::size_t>(px) * 3 : 0;
  if (wanted > 0 && rgb == wanted && output == wanted) return;
  throw Error(ErrorKind::kFailed, "augment: a crop of " + std::to_string(px) + " px has " + std::to_string(wanted) +
                                      " values, got " + std::to_string(rgb) + " and room for " +
                                      std::to_string(output));
}

void normalise(std::span<const std::uint8_t> rgb, int crop_px, std::span<float> output) {
  check_crop_sizes(rgb.size(), crop_px, output.size());
  static const NormalTable table;
  for (std::size_t i = 0; i < rgb.size(); i += 3) {
    for (std::size_t k = 0; k < 3; ++k) output[i + k] = table.value[k][rgb[i + k]];
  }
}

}  // namespace unmask
