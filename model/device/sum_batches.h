// Gathers what is to be summed in fixed point into as few launches of sum_kernel.h as its parameters allow: a bucket of
// up to 64 tensors with 160 gradients in one, with 320 in two.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "dist/step_sums.h"
#include "model/device/sum_kernel.h"

namespace unmask {

/// Enqueues one launch of `blocks` blocks. The batch is copied.
using SumLauncher = std::function<void(const SumBatch& batch, unsigned blocks)>;

/// The bits of add_fixed_point and set_fixed_point of dist/fixed_point.h, with values divided by a loss scale first.
class SumBatches {
 public:
  /// `sums` and `bad` (a flag a tensor) in the launcher's memory.
  SumBatches(SumLauncher launcher, std::span<std::int64_t> sums, std::span<bool> bad);
  /// As StepSums::begin. REQUIRES: nothing waits.
  void begin(double limit, double divisor);
  /// The gradients must stay as they are until they are launched: `owner` holds them, and is let go then. Launches by
  /// itself where a batch is full.
  void add(const StepSums::Range& range, std::span<const float* const> gradients, bool fresh,
           const std::shared_ptr<const void>& owner = {});
  /// Launches what waits; nothing where nothing does.
  void launch();

 private:
  SumLauncher launcher_;
  SumBatch batch_{};
  std::array<std::shared_ptr<const void>, kSumPieces> owners_;  // by piece
  unsigned blocks_ = 0;
};

}  // namespace unmask
