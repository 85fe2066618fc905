// One optimizer step on a group: forward and backward of this rank's microbatches, the reduction, the update.
//
//   TrainStep step(state, precision, options.seed, data.class_weights(), group, {}, place);
//   const StepOutcome outcome = step.run(plan, next_batch, recycle, asks_to_stop);  // on all ranks of the group
//   if (outcome.verdict.fault) throw Error(*outcome.verdict.fault);
//   step.close();
#pragma once

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "data/load/loader.h"
#include "dist/gradient_reducer.h"
#include "model/device/device.h"
#include "model/train/microbatch_pass.h"
#include "model/train/step_plan.h"
#include "model/train/train_state.h"

namespace unmask {

struct StepOutcome {
  double loss = 0;  // mean over the global batch, with dropout and augmentation
  StepVerdict
      verdict;  // with a fault the state is as it was before the step; with an overflow all but step and loss scale
  /// This rank alone failed where the others were done with the step: its state is of no use any more. They must hear
  /// of it at the next step or agreement.
  std::optional<Fault> own_fault;
  StepTimes times;
};

/// Owns the reducer and the buffers that live from step to step. THREAD: one.
class TrainStep {
 public:
  /// `class_weights`: loss weight of label 0 and 1. `place`: where the state is. `sums`: what sums there
  /// (place.communicator), or nothing: `group`.
  TrainStep(TrainState& state, Precision precision, std::uint64_t seed, std::array<float, 2> class_weights,
            Communicator& group, ReducerOptions reducer_options, const ComputePlace& place = {},
            std::unique_ptr<Communicator> sums = nullptr);
  TrainStep(const TrainStep&) = delete;
  /// COLLECTIVE. `next_batch` gives this rank's microbatches in the order of plan.mine. `asks_to_stop` is asked once,
  /// just before the last bucket. `fault`: this rank can only take part with zeros, and why.
  /// All ranks get the same verdict.
  StepOutcome run(const StepPlan& plan, const std::function<CropBatch()>& next_batch,
                  const std::function<void(CropBatch&&)>& recycle, const std::function<bool()>& asks_to_stop,
                  std::optional<Fault> fault = {});
  /// COLLECTIVE.
  void close() { reducer_.close(); }

 private:
  void begin(const StepPlan& plan);
  void run_microbatches(const StepPlan& plan, const std::function<CropBatch()>& next_batch,
                        const std::function<void(CropBatch&&)>& recycle, StepTimes& times);
  void take(int position, at::Tensor addend);
  void finish_reduction(StepOutcome& outcome, const std::optional<Fault>& fault, bool stop_requested);
  void take_step(const StepPlan& plan, StepOutcome& outcome);
  bool is_void(const StepOutcome& outcome) const { return outcome.verdict.fault || outcome.verdict.overflowed; }

  TrainState& state_;
  ComputePlace place_;
  const std::vector<int>& order_;  // position in the finishing order → parameter
  GradientReducer reducer_;
  MicrobatchPass pass_;
  // By position, the running statistics last: what local microbatches gave and wasn't handed over yet.
  std::vector<std::vector<at::Tensor>> kept_;
  std::size_t most_kept_;
  std::vector<at::Tensor> totals_;  // by parameter
  std::vector<at::Tensor> losses_;  // of this step's microbatches: a device hasn't computed them yet
  bool last_microbatch_ = false;
};

}  // namespace unmask
