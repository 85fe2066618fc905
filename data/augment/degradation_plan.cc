#include "data/augment/degradation_plan.h"

#include <algorithm>
#include <cmath>

#include "base/option_faults.h"
#include "base/philox.h"

namespace unmask {

std::vector<std::string> validate(const DegradationOptions& o) {
  OptionFaults faults;
  faults.in_range("augment.blur", o.blur, 0, 1);
  faults.in_range("augment.blur_sigma_min", o.blur_sigma_min, 0.05, 50);
  faults.need(o.blur_sigma_max >= o.blur_sigma_min && o.blur_sigma_max <= 50, "augment.blur_sigma_max",
              "in [blur_sigma_min, 50]", o.blur_sigma_max);
  faults.in_range("augment.downscale", o.downscale, 0, 1);
  faults.in_range("augment.downscale_min", o.downscale_min, 0.01, 1);
  faults.need(o.downscale_max >= o.downscale_min && o.downscale_max <= 1, "augment.downscale_max",
              "in [downscale_min, 1]", o.downscale_max);
  faults.in_range("augment.noise", o.noise, 0, 1);
  faults.in_range("augment.noise_sigma_min", o.noise_sigma_min, 0, 0.5);
  faults.need(o.noise_sigma_max >= o.noise_sigma_min && o.noise_sigma_max <= 0.5, "augment.noise_sigma_max",
              "in [noise_sigma_min, 0.5]", o.noise_sigma_max);
  faults.in_range("augment.jpeg", o.jpeg, 0, 1);
  faults.in_range("augment.jpeg_quality_min", o.jpeg_quality_min, 1, 100);
  faults.need(o.jpeg_quality_max >= o.jpeg_quality_min && o.jpeg_quality_max <= 100, "augment.jpeg_quality_max",
              "in [jpeg_quality_min, 100]", o.jpeg_quality_max);
  return faults.take();
}

DegradationDraw draw_degradation(const DegradationOptions& options, int crop_px, std::uint64_t seed,
                                 std::uint32_t epoch, std::uint32_t slot) {
  DegradationDraw draw;
  draw.seed = seed;
  draw.epoch = epoch;
  draw.slot = slot;
  // The order of these draws is part of the results' format (docs/formats.md); none is skipped by another's outcome.
  Draws draws(seed, DrawFor::kDegrade, epoch, slot);
  const bool blurs = draws.chance(options.blur);
  const double blur_sigma = draws.uniform(options.blur_sigma_min, options.blur_sigma_max);
  const bool downscales = draws.chance(options.downscale);
  const double scale = draws.uniform(options.downscale_min, options.downscale_max);
  const bool has_noise = draws.chance(options.noise);
  const double noise_sigma = draws.uniform(options.noise_sigma_min, options.noise_sigma_max);
  const bool encodes = draws.chance(options.jpeg);
  const auto qualities = static_cast<std::uint32_t>(options.jpeg_quality_max - options.jpeg_quality_min) + 1;
  const int quality = options.jpeg_quality_min + static_cast<int>(draws.below(qualities));
  if (blurs) draw.blur_sigma = blur_sigma;
  if (downscales) draw.downscale_px = std::max(1, static_cast<int>(std::lround(crop_px * scale)));
  if (has_noise) draw.noise_sigma = noise_sigma;
  if (encodes) draw.jpeg_quality = quality;
  return draw;
}

}  // namespace unmask
