// What a camera and a codec do to a face, as draws apart from the pixels: a pure function of (options, seed, epoch,
// slot). degradation.h applies them. All off by default. In the order in which it happens to a picture: blur, fewer
// pixels, noise, JPEG.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace unmask {

/// Probabilities, and ranges that are drawn from uniformly.
struct DegradationOptions {
  double blur = 0;
  double blur_sigma_min = 0.3, blur_sigma_max = 2;  // of the Gaussian, in pixels
  double downscale = 0;
  double downscale_min = 0.4, downscale_max = 0.9;  // of the side: scaled down by area, and up again linearly
  double noise = 0;
  double noise_sigma_min = 0.01, noise_sigma_max = 0.05;  // of the Gaussian, as a share of the range of bytes
  double jpeg = 0;
  int jpeg_quality_min = 40, jpeg_quality_max = 100;  // 4:2:0, as photos and most encoders have
};

/// Every fault of the values, each naming its key ("augment.jpeg must be in [0, 1], got 1.5").
std::vector<std::string> validate(const DegradationOptions& options);

/// What happens to one crop; 0: nothing.
struct DegradationDraw {
  double blur_sigma = 0;
  int downscale_px = 0;  // side of the smaller picture
  double noise_sigma = 0;
  int jpeg_quality = 0;
  // Keys of the noise.
  std::uint64_t seed = 0;
  std::uint32_t epoch = 0, slot = 0;
};

DegradationDraw draw_degradation(const DegradationOptions& options, int crop_px, std::uint64_t seed,
                                 std::uint32_t epoch, std::uint32_t slot);

}  // namespace unmask
