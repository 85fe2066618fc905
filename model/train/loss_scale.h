// The factor that keeps fp16's small gradients from vanishing: it grows while steps are good and halves when a value
// overflows, in which case the step is passed over by all ranks. Part of the state.
#pragma once

#include <cstdint>

namespace unmask {

struct LossScale {
  static constexpr double kLargest = 1 << 24, kSmallest = 1;
  static constexpr int kGrowAfter = 2000;  // good steps in a row

  double value = 1 << 16;        // a power of two
  int good_steps = 0;            // since it last changed
  std::int64_t passed_over = 0;  // steps, in all: the optimizer doesn't count them

  /// After a step. False if a value overflowed though nothing is scaled up any more: the trial has diverged.
  bool update(bool overflowed);
};

}  // namespace unmask
