#include "model/device/probe_images.h"

#include <span>

#include "base/philox.h"
#include "data/augment/augment.h"

namespace unmask {

std::vector<float> probe_images(int crop_px) {
  const auto size = static_cast<std::size_t>(crop_px) * static_cast<std::size_t>(crop_px) * 3;
  std::vector<float> images(size * kProbeSamples);
  std::vector<std::uint8_t> rgb(size);
  for (std::uint32_t i = 0; i < kProbeSamples; ++i) {
    Draws draws(kProbeSeed, DrawFor::kProbe, i);
    for (std::uint8_t& value : rgb) value = static_cast<std::uint8_t>(draws.next_u32() >> 24);
    augment(rgb, crop_px, draw_augmentation(AugmentOptions{}, crop_px, kProbeSeed, 0, i),
            std::span(images).subspan(i * size, size));
  }
  return images;
}

}  // namespace unmask
