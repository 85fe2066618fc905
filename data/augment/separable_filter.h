// Blur, scaling and shifts of crops, which are all the same: weighted means along one axis, then along the other. In
// integers, so that every processor gives the same bits.
//
//   const FilterTaps taps = gaussian_taps(224, 1.5);
//   filter(rgb, 3, taps, taps, blurred);
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace unmask {

/// For each place along the output: `count` consecutive places of the input from `first`, with weights that add up to
/// 65536. `first` + `count` never exceeds `inputs`.
struct FilterTaps {
  int inputs = 0, count = 0;
  std::vector<int> first;              // [outputs]
  std::vector<std::uint32_t> weights;  // [outputs, count]
  int outputs() const { return static_cast<int>(first.size()); }
};

/// A Gaussian of `sigma` pixels, cut off at ceil(3 sigma); what is outside is mirrored about the outermost pixels.
FilterTaps gaussian_taps(int px, double sigma);
/// From `px` to `to` pixels, to <= px: each is the mean over the area that it covers.
FilterTaps area_taps(int px, int to);
/// Linear interpolation: output i is at input `offset` + i * `step`, pixel centres at whole numbers; what is outside is
/// the outermost pixel.
FilterTaps linear_taps(int px, int to, double offset, double step);
/// From `px` to `to` pixels as picture programs scale up linearly.
FilterTaps scaling_taps(int px, int to);

/// pixels: u8 [down.inputs, across.inputs, channels]; output: u8 [down.outputs(), across.outputs(), channels]; may not
/// be the same memory. Rounded to the nearest 1/256 after the first axis, to the nearest after the second.
/// THREAD: any; keeps a scratch buffer per thread.
void filter(std::span<const std::uint8_t> pixels, int channels, const FilterTaps& across, const FilterTaps& down,
            std::span<std::uint8_t> output);

}  // namespace unmask
