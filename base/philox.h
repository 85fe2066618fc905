// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
// A draw is a pure function of what it is for, so every rank, device and restart draws the same.
// Counter layout, conversions and golden vectors are in docs/formats.md.
//
//   Draws draws(seed, DrawFor::kAugment, epoch, slot);  // the same anywhere, at any time
//   const bool flip = draws.chance(0.5);
//   const double degrees = draws.uniform(-40, 40);
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace unmask {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

constexpr PhiloxCounter philox4x32_10(PhiloxCounter counter, PhiloxKey key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// What a stream of draws is for; the numbers are part of the file format of results and never change.
enum class DrawFor : std::uint8_t {
  kOrder = 1,    // a = epoch
  kSubset = 2,   // sample_ratio
  kAugment = 3,  // a = epoch, b = slot in the epoch's order
  kDropout = 4,  // a = step, b = slot in the global batch, layer = dropout layer
  kInit = 5,     // a = first 32 bits of XXH3-64 of the tensor's name
  kSynth = 6,
  kProbe = 7,
  kSweep = 8,
  kPermuteLabels = 9,
  kSplit = 10,       // a, b = the halves of XXH3-64 of the chain's name
  kEpochDraws = 16,  // a = epoch, b = group: who of a group is drawn once more (data/load/epoch_plan.h)
  kBlocks = 17,      // a = epoch, b = 0: order of blocks; b = 1 + window: order within a window
  kDegrade = 18,     // a = epoch, b = slot in the epoch's order
  kNoise = 19,       // likewise: the noise itself
  kSelfBlend = 20,   // likewise
  kBootstrap = 21,   // a = drawing
  kAudit = 24,       // a = resample of a bootstrap
  kCorrupt = 28,     // a, b = the halves of the picture's key (data/corrupt/corruption.h)
};

/// A stream of draws: key = seed; counter = {block, purpose << 24 | layer, b, a}.
class Draws {
 public:
  Draws(std::uint64_t seed, DrawFor purpose, std::uint32_t a = 0, std::uint32_t b = 0, std::uint32_t layer = 0)
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        counter_{0, static_cast<std::uint32_t>(purpose) << 24 | (layer & 0xFFFFFFu), b, a} {}

  std::uint32_t next_u32() {
    if (used_ == 4) {
      block_ = philox4x32_10(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }
  /// In [0, 1): the upper 24 bits times 2^-24, exact in float.
  float uniform() { return static_cast<float>(next_u32() >> 8) * 0x1p-24f; }
  /// In [low, high).
  double uniform(double low, double high) { return low + (high - low) * static_cast<double>(uniform()); }
  /// In {0, …, n - 1}: (u32 * n) >> 32. REQUIRES: n > 0.
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(std::uint64_t{next_u32()} * n >> 32); }
  bool chance(double probability) { return static_cast<double>(uniform()) < probability; }
  /// Standard normal: Box-Muller in double, both values of a pair used.
  double normal();

 private:
  PhiloxKey key_;
  PhiloxCounter counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_normal_ = false;
};

/// Fisher-Yates from the end, with `below`.
void shuffle(std::span<std::uint32_t> values, Draws& draws);

}  // namespace unmask
