// How far a place's training is from the CPU's, for tests: a step at a time, so that nothing adds up.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "dist/loopback_communicator.h"
#include "model/train/train_step.h"
#include "tests/model/device/byte_batch.h"
#include "tests/model/drawn_weights.h"

namespace unmask {

/// |there - here| / |here| over all weights, the largest of the steps. 1: nothing is learned there.
struct LearningDistance {
  double gradient = 0;  // of one microbatch
  double update = 0;    // what Adam adds to the weights
};

/// A step of one microbatch, what it made of the weights and the gradient behind it, which Adam's first moment tells.
struct LearningStep {
  at::Tensor gradient, update;  // f64, all weights one after another, on the CPU

  LearningStep(TrainState& state, Precision precision, double rate, const ComputePlace& place) {
    const std::vector<at::Tensor> weights = values(state.classifier.parameters());
    const at::Tensor weights_before = flat(weights), moments_before = flat(state.adam.exp_avg());
    const auto group = make_loopback_communicator();
    TrainStep step(state, precision, /*seed=*/9, {1, 1}, *group, {}, place);
    const auto number = static_cast<std::uint32_t>(state.step);
    const StepPlan plan{
        .step = number, .rate = rate, .crop_px = 32, .batch_samples = 16, .microbatches = {{0, 16}}, .mine = {0}};
    const StepOutcome outcome = step.run(
        plan, [&] { return byte_batch(32, number, 16, true); }, [](CropBatch&&) {}, [] { return false; });
    if (outcome.verdict.fault) throw std::runtime_error(outcome.verdict.fault->text);
    step.close();
    group->close();
    const double beta = OptimizerOptions{}.beta1;
    gradient = (flat(state.adam.exp_avg()) - moments_before * beta) / (1 - beta);
    update = flat(weights) - weights_before;
  }

 private:
  static std::vector<at::Tensor> values(const std::vector<NamedTensor>& named) {
    std::vector<at::Tensor> tensors;
    for (const NamedTensor& one : named) tensors.push_back(one.tensor.detach());
    return tensors;
  }
  static at::Tensor flat(const std::vector<at::Tensor>& tensors) {
    std::vector<at::Tensor> parts;
    for (const at::Tensor& tensor : tensors) parts.push_back(tensor.to(at::kCPU, at::kDouble).flatten());
    return at::cat(parts);
  }
};

/// Two steps from the states of the CPU's own fp32 training. `rate_there`: the learning rate at `place`.
inline LearningDistance learning_distance(const ComputePlace& place, Precision precision, double rate_there = 1e-3) {
  TrialOptions options, options_there;
  if (precision == Precision::kFp16) options_there.train.precision = TrainPrecision::kFp16;  // with its loss scale
  TrainState here(options), there(options_there, place.device);
  initialise_drawn(here.classifier, 3);
  LearningDistance largest;
  for (int i = 0; i < 2; ++i) {
    const std::vector<NamedTensor> from = state_tensors(here), to = state_tensors(there);
    for (std::size_t tensor = 0; tensor < from.size(); ++tensor)
      to.at(tensor).tensor.detach().copy_(from[tensor].tensor.detach());
    there.step = here.step;
    const LearningStep at_place(there, precision, rate_there, place), wanted(here, Precision::kFp32, 1e-3, {});
    const auto distance = [](const at::Tensor& a, const at::Tensor& b) {
      return ((a - b).norm() / b.norm()).item<double>();
    };
    largest.gradient = std::max(largest.gradient, distance(at_place.gradient, wanted.gradient));
    largest.update = std::max(largest.update, distance(at_place.update, wanted.update));
  }
  return largest;
}

}  // namespace unmask
