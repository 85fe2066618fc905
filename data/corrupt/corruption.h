// What is done to pictures to see how well a detector stands it: kinds, five strengths each. Pure.
//
//   for (const Corruption& corruption : corruption_plan({})) …  // jpeg at quality 90, …, h264 at crf 45
//   Draws draws = corruption_draws(picture_key(frame), corruption);  // of its noise: the same on any rank
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/philox.h"
#include "base/words.h"
#include "data/sample.h"

namespace unmask {

/// The numbers key the noise and never change.
enum class CorruptionKind : std::uint8_t { kJpeg = 1, kResize = 2, kBlur = 3, kNoise = 4, kBrightness = 5, kH264 = 6 };
constexpr auto words_of(CorruptionKind) {
  using enum CorruptionKind;
  return std::to_array<Word<CorruptionKind>>({{"jpeg", kJpeg},
                                              {"resize", kResize},
                                              {"blur", kBlur},
                                              {"noise", kNoise},
                                              {"brightness", kBrightness},
                                              {"h264", kH264}});
}

inline constexpr int kStrengths = 5;

struct Corruption {
  CorruptionKind kind = CorruptionKind::kJpeg;
  int strength = 1;  // 1, weakest, to kStrengths
  double value = 0;  // what parameter_of() names
  bool operator==(const Corruption&) const = default;
};

/// Every strength of each kind, in the order of the words; no kinds: of all. A kind that is named twice counts once.
std::vector<Corruption> corruption_plan(std::span<const CorruptionKind> kinds);

/// What `value` is: "quality", "divided by", "sigma px", "sigma", "added", "crf".
std::string parameter_of(CorruptionKind kind);

/// XXH3-64 of what a picture is known by: dataset, method, compression, video, frame and track, which is 0 for a whole
/// frame.
std::uint64_t picture_key(const FrameInfo& frame);

/// Philox4x32-10 with key 0, purpose DrawFor::kCorrupt, a and b the upper and lower half of `picture`, layer
/// kind × 256 + strength.
Draws corruption_draws(std::uint64_t picture, const Corruption& corruption);

}  // namespace unmask
