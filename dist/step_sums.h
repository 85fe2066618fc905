// Where the sums of a step live, and how they are made: the arithmetic behind GradientReducer, which knows only when
// what is summed. Host memory: dist/host_sums.h; a device's memory: model/device/device_sums.h, with the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace unmask {

/// Elements of all tensors one after another, then, as 64-bit integers, the control words.
/// THREAD: one, but for wait_until_launched, words and floats, which the thread that runs the collectives calls too.
class StepSums {
 public:
  /// A tensor's elements.
  struct Range {
    int tensor = 0;
    std::size_t offset = 0, size = 0;
  };
  virtual ~StepSums() = default;
  /// The memory that the communicator sums: fixed-point elements and control words, or floats and, apart,
  /// control words.
  virtual std::span<std::int64_t> words() = 0;
  virtual std::span<float> floats() = 0;

  /// A new step, control words 0: each value's largest magnitude, and what a gradient is divided by (the loss scale; a
  /// power of two).
  virtual void begin(double limit, double divisor) = 0;
  virtual void zero(const Range& range) = 0;
  /// Sets (`fresh`) or adds the sum of some gradients, each a pointer to range.size values. False: a value is not
  /// finite, or too large. A device, which computes later, says true and tells in `late_faults`.
  /// `owner`: holds the gradients, so that they may be summed as late as with their bucket; let go when they are.
  /// Without one they are summed at once (on a device: by what is enqueued before this returns).
  virtual bool accumulate(const Range& range, std::span<const float* const> gradients, bool fresh,
                          std::shared_ptr<const void> owner) = 0;
  /// Gradients that wait for their bucket are summed now, as those without an owner are: their memory may change then.
  virtual void sum_now() {}
  /// Adds numbers, each a pointer to one, to a control word, in fixed point. As accumulate; a bad one counts as 0.
  virtual bool add_scalars(std::size_t control_word, std::span<const float* const> values) = 0;
  /// After all of these: what waited is enqueued, and 1 added to a control word where accumulate or add_scalars could
  /// not say that a value is bad.
  virtual void settle(std::size_t /*control_word*/) {}
  /// A bucket is complete once what was enqueued so far is done.
  virtual void mark_launched(std::size_t /*bucket*/) {}
  /// Waits until it is complete.
  virtual void wait_until_launched(std::size_t /*bucket*/) {}
  /// Adds what the host knows to the control words.
  virtual void add_control(std::span<const std::int64_t> control) = 0;
  /// The control words, once the ranks' are summed. Waits for the device, for the only time in a step.
  virtual void get_control(std::span<std::int64_t> control) = 0;
  /// What accumulate and add_scalars could not say, in index order. It came with get_control.
  struct LateFaults {
    std::vector<int> tensors;
    std::vector<std::size_t> control_words;
  };
  virtual LateFaults late_faults() const { return {}; }
  /// Sums as floats; `total` is memory of the same kind.
  virtual void read(const Range& range, std::span<float> total) const = 0;
};

struct StepSumsPlan {
  std::size_t elements = 0, tensors = 0, buckets = 0, control_words = 0;
  bool as_float = false;
};

}  // namespace unmask
