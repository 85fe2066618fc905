#include "model/train/train_step.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/fault_point.h"
#include "base/seconds_since.h"
#include "base/trace.h"
#include "dist/agreement.h"
#include "model/device/device_crops.h"
#include "model/head.h"
#include "model/tensor_memory.h"

namespace unmask {
namespace {

// Gradients of so many microbatches are kept and summed in one pass, which is cheaper than a pass each. Same bits.
constexpr std::size_t kKept = 4;

std::vector<ReducedTensor> reduced_tensors(const Classifier& classifier, const std::vector<int>& order) {
  std::vector<ReducedTensor> tensors;
  for (const int index : order) {
    const NamedTensor& parameter = classifier.parameters()[static_cast<std::size_t>(index)];
    tensors.push_back({parameter.name, parameter.tensor.numel()});
  }
  tensors.push_back({"running statistics", classifier.running_flat().numel()});
  return tensors;
}

std::span<float> values_of(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

GradientReducer make_reducer(Communicator& group, std::unique_ptr<Communicator> sums,
                             std::vector<ReducedTensor> tensors, ReducerOptions& options, const ComputePlace& place) {
  place.place_sums(options);
  if (sums) return GradientReducer(std::move(sums), std::move(tensors), options);
  return GradientReducer(group, std::move(tensors), options);
}

}  // namespace

/// Autograd calls it when a weight's gradient of one microbatch is complete, with the parameter's own strides.
class TrainStep::GradientHook : public torch::autograd::PostAccumulateGradHook {
 public:
  GradientHook(TrainStep& step, int position) : step_(step), position_(position) {}
  void operator()(const at::Tensor& weight) override {
    step_.take(position_, std::exchange(weight.mutable_grad(), {}).to(at::kFloat));
  }

 private:
  TrainStep& step_;
  int position_;
};

TrainStep::TrainStep(TrainState& state, Precision precision, std::uint64_t seed, std::array<float, 2> class_weights,
                     Communicator& group, ReducerOptions reducer_options, const ComputePlace& place,
                     std::unique_ptr<Communicator> sums)
    : state_(state),
      precision_(precision),
      weights_(state.classifier, precision),
      seed_(seed),
      place_(place),
      class_weights_(at::tensor({class_weights[0], class_weights[1]}).to(place.device)),
      order_(state.classifier.backward_order()),
      reducer_(make_reducer(group, std::move(sums), reduced_tensors(state.classifier, order_), reducer_options, place)),
      kept_(order_.size() + 1) {
  for (std::size_t i = 0; i < order_.size(); ++i) {
    torch::autograd::impl::set_post_acc_grad_hooks(weights_.tensors()[static_cast<std::size_t>(order_[i])].tensor,
                                                   std::make_unique<GradientHook>(*this, static_cast<int>(i)));
  }
  for (const NamedTensor& parameter : state.classifier.parameters())
    totals_.push_back(at::empty_like(parameter.tensor.detach()));
}

TrainStep::~TrainStep() {
  for (const NamedTensor& weight : weights_.tensors()) {
    torch::autograd::impl::set_post_acc_grad_hooks(weight.tensor, nullptr);
  }
}

StepOutcome TrainStep::run(const StepPlan& plan, const std::function<CropBatch()>& next_batch,
                           const std::function<void(CropBatch&&)>& recycle, const std::function<bool()>& asks_to_stop,
                           std::optional<Fault> fault) {
  StepOutcome outcome;
  try {
    const std::int64_t memory_failures = place_.memory_failures();
    with_memory_errors([&] {
      begin(plan);
      if (!fault) run_microbatches(plan, next_batch, recycle, outcome.times);
    });
    if (place_.memory_failures() != memory_failures) {
      throw Error(
          ErrorKind::kFailed,
          "out of memory on the GPU: what fitted in the end took another algorithm, so the bits would be others; "
          "a smaller train.microbatch_size takes less",
          Cause::kMemory);
    }
  } catch (...) {
    if (!fault) fault = current_fault();
    for (auto& gradients : kept_) gradients.clear();
  }
  finish_reduction(outcome, fault, asks_to_stop());
  // Equal on all ranks, before what may fail on one alone: they stay in the same step.
  if (!outcome.verdict.fault && state_.loss_scale && !state_.loss_scale->update(outcome.verdict.overflowed)) {
    outcome.verdict.fault =
        Fault{.cause = Cause::kDivergence, .text = "a gradient is not finite in fp16, though its loss scale is 1"};
  }
  if (!outcome.verdict.fault) state_.step += 1;
  try {
    with_memory_errors([&] { is_void(outcome) ? restore_running_statistics() : take_step(plan, outcome); });
  } catch (...) {
    outcome.own_fault = current_fault();
  }
  return outcome;
}

void TrainStep::begin(const StepPlan& plan) {
  reducer_.begin(std::max<std::int64_t>(1, static_cast<std::int64_t>(plan.microbatches.size())),
                 state_.loss_scale ? std::optional(state_.loss_scale->value) : std::nullopt);
  fault_point("begin");
  running_at_start_.reset();
  losses_.clear();
  running_at_start_ = state_.classifier.running_flat().clone();
  weights_.round();
  send_numbers(plan);
  fault_point("copies");
}

void TrainStep::send_numbers(const StepPlan& plan) {
  const std::size_t count = plan.mine.size();
  const auto samples = static_cast<double>(plan.batch_samples);
  const at::Tensor host = at::empty({static_cast<std::int64_t>(count + 2)},
                                    at::TensorOptions(at::kDouble).pinned_memory(place_.device.is_cuda()));
  double* values = host.data_ptr<double>();
  for (std::size_t i = 0; i < count; ++i) {
    const Microbatch& microbatch = plan.microbatches[static_cast<std::size_t>(plan.mine[i])];
    values[i] = static_cast<double>(microbatch.count) / samples * loss_scale();
  }
  values[count] = samples;
  values[count + 1] = loss_scale();
  const at::Tensor there = host.to(place_.device, /*non_blocking=*/true), as_float = there.to(at::kFloat);
  const auto at = [](const at::Tensor& all, std::size_t i) { return all.select(0, static_cast<std::int64_t>(i)); };
  numbers_ = {at(as_float, count), at(as_float, count + 1), there.narrow(0, 0, static_cast<std::int64_t>(count))};
}

void TrainStep::run_microbatches(const StepPlan& plan, const std::function<CropBatch()>& next_batch,
                                 const std::function<void(CropBatch&&)>& recycle, StepTimes& times) {
  for (std::size_t i = 0; i < plan.mine.size(); ++i) {
    const auto start = std::chrono::steady_clock::now();
    CropBatch batch = [&] {
      const TraceSpan span("load");
      return next_batch();
    }();
    times.load_s += seconds_since(start);
    last_microbatch_ = i + 1 == plan.mine.size();
    run_microbatch(plan, i, batch, times);
    recycle(std::move(batch));
  }
  std::vector<const float*> losses;
  for (const at::Tensor& loss : losses_) losses.push_back(loss.const_data_ptr<float>());
  reducer_.add_to_scalar(0, losses);
}

void TrainStep::run_microbatch(const StepPlan& plan, std::size_t mine, CropBatch& batch, StepTimes& times) {
  const Microbatch& microbatch = plan.microbatches[static_cast<std::size_t>(plan.mine[mine])];
  restore_running_statistics();
  std::optional<TraceSpan> span("forward");
  const auto start = std::chrono::steady_clock::now();
  const at::Tensor images = place_.images(batch, plan.crop_px, precision_);
  const at::Tensor labels = labels_on(place_.device, batch);
  ForwardContext context{
      true, precision_, seed_, plan.step, static_cast<std::uint32_t>(microbatch.first), &weights_.tensors()};
  const std::vector<at::Tensor> masks = dropout_masks(state_.classifier, images.size(0), context);
  context.masks = &masks;
  const at::Tensor logits = state_.classifier.forward(images, context);
  const at::Tensor loss =
      at::nll_loss(at::log_softmax(logits, 1), labels, class_weights_, at::Reduction::Sum) / numbers_.batch_samples;
  losses_.push_back(loss.detach());
  add_running_statistics(numbers_.statistics_weights.select(0, static_cast<std::int64_t>(mine)));
  times.forward_s += seconds_since(start);
  span.emplace("backward");
  const auto backward_start = std::chrono::steady_clock::now();
  (state_.loss_scale ? loss * numbers_.loss_scale : loss).backward();
  times.backward_s += seconds_since(backward_start);
}

/// What a microbatch adds to the sum at `position`.
void TrainStep::take(int position, at::Tensor addend) {
  auto& kept = kept_[static_cast<std::size_t>(position)];
  kept.push_back(std::move(addend));
  if (!last_microbatch_ && kept.size() < kKept) return;
  auto owner = std::make_shared<const std::vector<at::Tensor>>(std::exchange(kept, {}));
  std::vector<const float*> pointers;
  for (const at::Tensor& tensor : *owner) pointers.push_back(tensor.const_data_ptr<float>());
  reducer_.accumulate(position, pointers, std::move(owner));
  if (last_microbatch_) reducer_.ready(position);
}

/// What this microbatch would make of the running statistics counts by its share of the batch, in double.
void TrainStep::add_running_statistics(const at::Tensor& weight) {
  const at::NoGradGuard no_grad;
  const at::Tensor exact = state_.classifier.running_flat().to(at::kDouble).mul_(weight);
  take(static_cast<int>(order_.size()), exact.to(at::kFloat));
}

void TrainStep::restore_running_statistics() {
  const at::NoGradGuard no_grad;
  // Undefined: what failed was the copy, and nothing has changed yet.
  if (running_at_start_.defined()) state_.classifier.running_flat().copy_(running_at_start_);
}

void TrainStep::finish_reduction(StepOutcome& outcome, const std::optional<Fault>& fault, bool stop_requested) {
  {
    const TraceSpan span("wait for buckets");
    outcome.verdict = reducer_.finish(fault, stop_requested);
  }
  outcome.times.exposed_s = reducer_.exposed_s();
  outcome.loss = reducer_.scalars()[0];
}

void TrainStep::take_step(const StepPlan& plan, StepOutcome& outcome) {
  const TraceSpan span("optimizer");
  const auto start = std::chrono::steady_clock::now();
  fault_point("read");
  for (std::size_t i = 0; i < order_.size(); ++i) {
    reducer_.read(static_cast<int>(i), values_of(totals_[static_cast<std::size_t>(order_[i])]));
  }
  reducer_.read(static_cast<int>(order_.size()), values_of(state_.classifier.running_flat()));
  fault_point("update");
  const std::int64_t passed_over = state_.loss_scale ? state_.loss_scale->passed_over : 0;
  state_.adam.update(totals_, plan.rate, state_.step - 1 - passed_over);
  outcome.times.optimizer_s += seconds_since(start);
}

}  // namespace unmask
