#include "model/train/loss_scale.h"

namespace unmask {

bool LossScale::update(bool overflowed) {
  if (overflowed) {
    if (value <= kSmallest) return false;
    value /= 2;
    good_steps = 0;
    passed_over += 1;
  } else if (++good_steps == kGrowAfter) {
    if (value < kLargest) value *= 2;
    good_steps = 0;
  }
  return true;
}

}  // namespace unmask
