// Forward and backward of a rank's microbatches, one after another.
//
//   MicrobatchPass pass(state, precision, seed, {1, 1}, place, {},
//                       [&](int position, at::Tensor addend) { … });   // what it adds to the step's sums
//   pass.begin();                                                      // a step
//   const at::Tensor loss = pass.run(plan, plan.microbatches[0], batch, times);
//
// Where the place has graphs, the first microbatch of a size is enqueued operator by operator, the second is recorded,
// and from then on the recording is played: the same kernels on the same memory, so the same bits.
#pragma once

#include <ATen/ATen.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "data/load/loader.h"
#include "model/device/device.h"
#include "model/rounded_weights.h"
#include "model/train/step_plan.h"
#include "model/train/train_state.h"

namespace unmask {

/// THREAD: one.
class MicrobatchPass {
 public:
  /// `position`: in the classifier's backward_order(), or behind it the running statistics, which count by the
  /// microbatch's share of the batch. f32 on the device, with the parameter's strides, in the order in which backward
  /// finishes them. Where the place has graphs the next run may write into it.
  using Take = std::function<void(int position, at::Tensor addend)>;

  /// `class_weights`: loss weight of label 0 and 1. `part_ends`: positions behind which `take` wants to be heard before
  /// what follows is enqueued. `state` and its tensors must stay where they are.
  MicrobatchPass(TrainState& state, Precision precision, std::uint64_t seed, std::array<float, 2> class_weights,
                 ComputePlace place, std::vector<int> part_ends, Take take);
  ~MicrobatchPass();
  MicrobatchPass(const MicrobatchPass&) = delete;

  /// A step begins: rounds the weights and keeps the running statistics, from which each microbatch starts.
  void begin();
  /// Returns the microbatch's part of the batch's mean loss, f32 [] on the device, which may still be at work.
  at::Tensor run(const StepPlan& plan, const Microbatch& microbatch, const CropBatch& batch, StepTimes& times);
  /// As they were at begin().
  void restore_running_statistics();

 private:
  class GradientHook;
  struct Inputs;
  struct Recording;
  Inputs inputs_of(const StepPlan& plan, const Microbatch& microbatch, const CropBatch& batch,
                   const Inputs* place) const;
  at::Tensor forward(const Inputs& inputs);
  void backward(const at::Tensor& loss, const Inputs& inputs);
  void add_running_statistics(const at::Tensor& share);
  void give(int position, at::Tensor addend);
  bool record(Recording& recording);
  at::Tensor play(const Recording& recording);
  double loss_scale() const { return state_.loss_scale ? state_.loss_scale->value : 1; }

  TrainState& state_;
  Precision precision_;
  RoundedWeights weights_;
  std::uint64_t seed_;
  ComputePlace place_;
  at::Tensor class_weights_;
  std::vector<int> part_ends_;
  Take take_;
  at::Tensor running_at_start_;                                                    // flat
  bool has_start_ = false;                                                         // of this step
  std::map<std::pair<std::int64_t, int>, std::unique_ptr<Recording>> recordings_;  // by samples and px
  Recording* recorded_now_ = nullptr;
};

}  // namespace unmask
