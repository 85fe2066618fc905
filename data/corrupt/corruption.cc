#include "data/corrupt/corruption.h"

#include <algorithm>

#include "base/digest.h"

namespace unmask {
namespace {

struct Strengths {
  CorruptionKind kind;
  const char* parameter;
  std::array<double, kStrengths> values;
};

// Blur and brightness are ImageNet-C's. Resizing spans DeeperForensics' pixelation, crf 23 and 40 are FaceForensics++'s
// compressions, the noise begins where a camera's ends.
constexpr std::array kTable = {
    Strengths{CorruptionKind::kJpeg, "quality", {90, 70, 50, 30, 10}},
    Strengths{CorruptionKind::kResize, "divided by", {1.5, 2, 3, 4, 6}},
    Strengths{CorruptionKind::kBlur, "sigma px", {1, 2, 3, 4, 6}},
    Strengths{CorruptionKind::kNoise, "sigma", {0.02, 0.05, 0.1, 0.15, 0.2}},
    Strengths{CorruptionKind::kBrightness, "added", {0.1, 0.2, 0.3, 0.4, 0.5}},
    Strengths{CorruptionKind::kH264, "crf", {23, 30, 35, 40, 45}},
};

}  // namespace

std::vector<Corruption> corruption_plan(std::span<const CorruptionKind> kinds) {
  std::vector<Corruption> plan;
  for (const Strengths& each : kTable) {
    if (!kinds.empty() && std::ranges::find(kinds, each.kind) == kinds.end()) continue;
    for (int i = 0; i < kStrengths; ++i)
      plan.push_back({each.kind, i + 1, each.values.at(static_cast<std::size_t>(i))});
  }
  return plan;
}

std::string parameter_of(CorruptionKind kind) {
  return std::ranges::find(kTable, kind, &Strengths::kind)->parameter;  // every kind stands in the table
}

std::uint64_t picture_key(const FrameInfo& frame) {
  std::string name;
  for (const std::string& part : {frame.dataset, frame.method, frame.compression, frame.video}) name += part + '\0';
  return digest64(name + std::to_string(frame.frame) + '\0' + std::to_string(frame.track));
}

Draws corruption_draws(std::uint64_t picture, const Corruption& corruption) {
  const auto layer = static_cast<std::uint32_t>(corruption.kind) << 8 | static_cast<std::uint32_t>(corruption.strength);
  return {0, DrawFor::kCorrupt, static_cast<std::uint32_t>(picture >> 32), static_cast<std::uint32_t>(picture), layer};
}

}  // namespace unmask
