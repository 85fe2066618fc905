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
#include "data/load/shard_plan.h"
#include "dist/gradient_reducer.h"
#include "model/device/device.h"
#include "model/rounded_weights.h"
#include "model/train/train_state.h"

namespace unmask {

struct StepPlan {
  std::uint32_t step = 0;
  double rate = 0;
  int crop_px = 0;
  std::int64_t batch_samples = 0;        // of the whole global batch
  std::vector<Microbatch> microbatches;  // all of the batch
  std::vector<std::int64_t> mine;        // indices of this rank's
};

struct StepTimes {
  double load_s = 0, forward_s = 0, backward_s = 0, exposed_s = 0, optimizer_s = 0;
};

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
  ~TrainStep();
  /// COLLECTIVE. `next_batch` gives this rank's microbatches in the order of plan.mine. `asks_to_stop` is asked once,
  /// just before the last bucket. `fault`: this rank can only take part with zeros, and why.
  /// All ranks get the same verdict.
  StepOutcome run(const StepPlan& plan, const std::function<CropBatch()>& next_batch,
                  const std::function<void(CropBatch&&)>& recycle, const std::function<bool()>& asks_to_stop,
                  std::optional<Fault> fault = {});
  /// COLLECTIVE.
  void close() { reducer_.close(); }

 private:
  class GradientHook;
  void run_microbatches(const StepPlan& plan, const std::function<CropBatch()>& next_batch,
                        const std::function<void(CropBatch&&)>& recycle, StepTimes& times);
  void run_microbatch(const StepPlan& plan, std::size_t mine, CropBatch& batch, StepTimes& times);
  void take(int position, at::Tensor addend);
  void add_running_statistics(const at::Tensor& weight);
  void restore_running_statistics();
  void begin(const StepPlan& plan);
  void send_numbers(const StepPlan& plan);
  void finish_reduction(StepOutcome& outcome, const std::optional<Fault>& fault, bool stop_requested);
  void take_step(const StepPlan& plan, StepOutcome& outcome);
  double loss_scale() const { return state_.loss_scale ? state_.loss_scale->value : 1; }
  bool is_void(const StepOutcome& outcome) const { return outcome.verdict.fault || outcome.verdict.overflowed; }

  TrainState& state_;
  Precision precision_;
  RoundedWeights weights_;
  std::uint64_t seed_;
  ComputePlace place_;
  at::Tensor class_weights_;
  std::vector<int> order_;  // position in the finishing order → parameter
  GradientReducer reducer_;
  // By position, the running statistics last: what local microbatches gave and wasn't handed over yet.
  std::vector<std::vector<at::Tensor>> kept_;
  std::vector<at::Tensor> totals_;  // by parameter
  at::Tensor running_at_start_;     // flat; undefined before it is known
  // Numbers that differ between steps, in the device's memory: what a microbatch enqueues is the same in every step.
  struct Numbers {
    at::Tensor batch_samples, loss_scale;  // f32 []
    at::Tensor statistics_weights;         // f64, of each microbatch of this rank
  } numbers_;
  std::vector<at::Tensor> losses_;  // of this step's microbatches: a device hasn't computed them yet
  bool last_microbatch_ = false;
};

}  // namespace unmask
