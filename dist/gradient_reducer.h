// Sums gradients over the microbatches of a step and over the ranks of a group,
// bucket by bucket, while backward goes on.
//
//   GradientReducer reducer(group, {{"fc.bias", 2}, {"fc.weight", 1024}}, {});  // as backward finishes them
//   reducer.begin(8);                                   // microbatches of this step, those of all ranks together
//   reducer.accumulate(0, std::span(&bias_grad, 1));    // each tensor: a const float* per local microbatch,
//   reducer.ready(0);                                   // and this after the last
//   const StepVerdict verdict = reducer.finish(std::nullopt, stop);
//   if (!verdict.fault && !verdict.overflowed) reducer.read(0, total);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fault.h"
#include "dist/communicator.h"
#include "dist/host_sums.h"
#include "dist/reduction.h"

namespace unmask {

struct ReducerOptions {
  Reduction reduction = Reduction::kFixedPoint;
  std::int64_t bucket_bytes = 8 << 20;  // on the wire, 8 bytes an element
  /// A helper thread runs the collectives while the caller computes. Without it they run in finish(). Same bits.
  bool overlap = true;
  /// Where sums are kept and made; host memory unless given.
  std::function<std::unique_ptr<StepSums>(const StepSumsPlan&)> make_sums = make_host_sums;
};

/// One tensor to sum.
struct ReducedTensor {
  std::string name;
  std::int64_t elements = 0;
};

/// Agreed by all ranks at the end of a step.
struct StepVerdict {
  bool stop_requested = false;  // some rank has a stop flag
  /// Why the step is void: what the first rank that failed met ("layer4.1.conv2.weight: gradient is not finite").
  std::optional<Fault> fault;
  /// A loss scale was too large: some value is not finite. The step is void, but no fault.
  bool overflowed = false;
};

/// A step: begin(), then accumulate() and ready() for each tensor, then finish(), then read().
/// COLLECTIVE: begin and finish on all ranks of the group. A rank with nothing to add, or one that failed, in begin()
/// too, goes straight to finish(): it takes part in every collective with zeros.
/// THREAD: all calls from one thread.
class GradientReducer {
 public:
  /// `tensors` in the order in which backward finishes them. Not collective: a rank may lack the memory. The first
  /// begin() THROWS CommError on all ranks, naming the first difference, where tensors or options differ between ranks,
  /// and duplicates `communicator` for the helper thread.
  GradientReducer(Communicator& communicator, std::vector<ReducedTensor> tensors, ReducerOptions options);
  /// A communicator for this reducer alone, which it closes: no duplicate is made.
  GradientReducer(std::unique_ptr<Communicator> communicator, std::vector<ReducedTensor> tensors,
                  ReducerOptions options);
  ~GradientReducer();

  /// `addends`: microbatches of the whole step, over all ranks: sets the largest magnitude a value may have.
  /// `loss_scale`: gradients are this many times too large, and are divided by it; a value that is not finite then is
  /// an overflow, no fault.
  void begin(std::int64_t addends, std::optional<double> loss_scale = std::nullopt);
  /// Adds the gradients of some local microbatches; each pointer has the tensor's elements. `owner` holds them, and is
  /// let go once they are summed, which a device does for a whole bucket at once; without one that is in this call
  /// (on a device: by what is enqueued before it returns).
  /// A value that is not finite or too large becomes a fault of this step (a divergence), naming the tensor.
  void accumulate(int tensor, std::span<const float* const> gradients, std::shared_ptr<const void> owner = {});
  /// What accumulate was given is summed now, as what comes without an owner is: its memory may change then.
  void sum_now();
  /// This rank adds nothing more to `tensor` in this step. Its bucket travels when all its tensors are ready.
  void ready(int tensor);
  /// Adds numbers (losses), each a pointer to one in memory of the sums' kind, to a scalar, which is summed with the
  /// last bucket, in fixed point. A bad one is a fault, as in accumulate.
  void add_to_scalar(int scalar, std::span<const float* const> values);
  /// Waits for all sums, a device for the only time in a step. `fault`: why this rank failed, if it did.
  /// `stop`: this rank's stop flag.
  StepVerdict finish(const std::optional<Fault>& fault, bool stop);
  /// The summed gradient of one tensor, into memory of the sums' kind.
  /// REQUIRES: finish() gave no fault and no overflow.
  void read(int tensor, std::span<float> total) const;
  std::vector<double> scalars() const;
  /// Seconds that finish() waited for collectives in the last step: the exposed communication.
  double exposed_s() const;
  /// COLLECTIVE: ends the helper thread and its communicator.
  void close();

  /// The last tensor of each bucket that travels before finish().
  std::vector<int> bucket_ends() const;

  static constexpr int kScalars = 8;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace unmask
