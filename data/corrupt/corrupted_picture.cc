#include "data/corrupt/corrupted_picture.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/augment/degradation.h"

namespace unmask {
namespace {

int divided(int side, double by) { return std::max(1, static_cast<int>(std::lround(side / by))); }

void brighten(std::span<std::uint8_t> rgb, double share) {
  const auto added = static_cast<int>(std::lround(share * 255));
  for (std::uint8_t& value : rgb) value = static_cast<std::uint8_t>(std::clamp(value + added, 0, 255));
}

}  // namespace

void corrupt_picture(RgbImage& picture, std::uint64_t key, const Corruption& corruption) {
  const int width = picture.width, height = picture.height;
  switch (corruption.kind) {
    case CorruptionKind::kJpeg:
      return pass_through_jpeg(picture.rgb, width, height, static_cast<int>(corruption.value));
    case CorruptionKind::kResize:
      return shrink_and_enlarge(picture.rgb, width, height, divided(width, corruption.value),
                                divided(height, corruption.value));
    case CorruptionKind::kBlur: return gaussian_blur(picture.rgb, width, height, corruption.value);
    case CorruptionKind::kNoise: {
      Draws draws = corruption_draws(key, corruption);
      return add_noise(picture.rgb, corruption.value, draws);
    }
    case CorruptionKind::kBrightness: return brighten(picture.rgb, corruption.value);
    case CorruptionKind::kH264: break;
  }
  throw Error(ErrorKind::kFailed, "a single picture can't be corrupted by " + to_word(corruption.kind));
}

}  // namespace unmask
