// The draws of self-blended fakes, apart from the pixels: a pure function of (probability, seed, epoch, slot).
// self_blend.h makes them. After Shiohara and Yamasaki, "Detecting Deepfakes with Self-Blended Images", CVPR 2022,
// without landmarks: a slightly altered copy of a real crop is pasted onto the crop through a soft mask, so that the
// seam and what differs across it are all that tells the fake.
#pragma once

#include <array>
#include <cstdint>

namespace unmask {

/// A fake of one crop.
struct SelfBlendDraw {
  static constexpr int kCorners = 32;
  bool blends = false;  // false: nothing happens, whatever the rest says
  /// The mask's outline: (x, y) in 1 / 256 of a pixel.
  std::array<std::array<std::int32_t, 2>, kCorners> outline{};
  double edge_sigma = 1;  // of the Gaussian that softens the mask, in pixels
  int ratio = 256;        // of the copy where the mask is whole, in 1 / 256
  // The copy: moved and scaled about the centre,
  double shift_x = 0, shift_y = 0, scale = 1;
  // with another sharpness: of `shrink` times fewer pixels a side, or sharpened by `sharpen` / 256,
  int shrink = 1, sharpen = 0;
  // and other colours: away from grey and from black in 1 / 256, and levels that are added.
  int saturation = 256, gain = 256;
  std::array<int, 3> add{};
};

/// REQUIRES: the sample is real. Every value is drawn, whether it blends or not.
SelfBlendDraw draw_self_blend(double probability, int crop_px, std::uint64_t seed, std::uint32_t epoch,
                              std::uint32_t slot);

}  // namespace unmask
