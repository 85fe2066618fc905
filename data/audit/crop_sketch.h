// What is kept of a crop's pixels to compare it with all others: a perceptual hash of its middle and of its mirror
// image, and a small grey picture of it. Where a face was found anew, in a copy of a video, box and crop differ: what
// the middle of one crop shows, another shows elsewhere and at another size. A few crops of each video are probes,
// which are looked at through such windows too.
//
//   const CropSketch a = sketch_crop(rgb, 224), b = sketch_crop(other_rgb, 224);
//   if (hash_distance(a.hash, b.mirrored) <= 8) correlation(a.grey, mirrored(b.grey));
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace unmask {

inline constexpr int kSketchPx = 16;

/// Side by side with others in one allocation, and sent between ranks as it stands in memory.
struct CropSketch {
  std::uint64_t hash = 0, mirrored = 0;                  // OpenCV's PHash of the middle, averaged down to 32 × 32
  std::array<std::uint8_t, kSketchPx * kSketchPx> grey;  // the middle averaged down, [y][x]
  std::uint8_t is_flat = 0;                              // hardly any contrast: a picture of nothing looks like others
  std::array<std::uint8_t, 7> zeros = {};
};
static_assert(sizeof(CropSketch) == 280);

/// REQUIRES: rgb.size() == px * px * 3.
CropSketch sketch_crop(std::span<const std::uint8_t> rgb, int px);

inline constexpr int kProbePx = 48;
struct CropProbe {
  std::uint32_t crop = 0;
  std::array<std::uint8_t, kProbePx * kProbePx> grey;  // all of the crop, averaged down
};
CropProbe probe_crop(std::uint32_t crop, std::span<const std::uint8_t> rgb, int px);

/// What another crop's middle may show of this one: a square whose side is `size` times the middle's, its centre moved
/// by shares of the crop's side.
struct SketchWindow {
  double size = 1, right = 0, down = 0;
};
/// Those of copies whose boxes are up to a sixth larger or smaller, or moved by a twentieth.
inline constexpr std::size_t kWindows = 45, kUnmovedWindow = 22;
const std::array<SketchWindow, kWindows>& sketch_windows();
/// Through each of them.
std::vector<CropSketch> moved_sketches(const CropProbe& probe);

/// Bits that differ, 0 to 64.
inline int hash_distance(std::uint64_t a, std::uint64_t b) { return std::popcount(a ^ b); }

/// Pearson's correlation of two pictures' levels, -1 to 1; 0 where one is flat. REQUIRES: equal sizes.
double correlation(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);
/// The same with every row of the second read backwards. REQUIRES: square pictures of equal sizes.
double mirrored_correlation(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

}  // namespace unmask
