// One optimizer step on a group: forward and backward of this rank's microbatches, the reduction, the update.
#pragma once

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "data/loader.h"
#include "data/shard_plan.h"
#include "dist/gradient_reducer.h"
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
  double loss = 0;      // mean over the global batch, with dropout and augmentation
  StepVerdict verdict;  // with faults the state is as it was before the step
  StepTimes times;
};

/// Owns the reducer and the buffers that live from step to step. THREAD: one.
class TrainStep {
 public:
  /// `class_weights`: loss weight of label 0 and 1.
  TrainStep(TrainState& state, Precision precision, std::uint64_t seed, std::array<float, 2> class_weights,
            Communicator& group, const ReducerOptions& reducer_options);
  ~TrainStep();
  /// COLLECTIVE. `next_batch` gives this rank's microbatches in the order of plan.mine. All ranks get the same verdict.
  StepOutcome run(const StepPlan& plan, const std::function<CropBatch()>& next_batch,
                  const std::function<void(CropBatch&&)>& recycle, bool stop_requested);
  /// COLLECTIVE.
  void close() { reducer_.close(); }

 private:
  class GradientHook;
  void run_microbatch(const StepPlan& plan, const Microbatch& microbatch, CropBatch& batch, StepTimes& times);
  void take_gradient(int position, bool last_microbatch);
  void add_running_statistics(double weight);
  void finish_reduction(StepOutcome& outcome, const std::string& fault, bool stop_requested);

  TrainState& state_;
  Precision precision_;
  std::uint64_t seed_;
  at::Tensor class_weights_;
  std::vector<int> order_;  // position in the finishing order → parameter
  GradientReducer reducer_;
  std::vector<std::vector<at::Tensor>> kept_;  // by position: gradients of local microbatches not yet summed
  std::vector<at::Tensor> totals_;             // by parameter
  std::vector<at::Tensor> running_at_start_;
  std::vector<float> running_flat_;
  bool last_microbatch_ = false;
};

}  // namespace unmask
