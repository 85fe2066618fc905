#include "model/train/train_step.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/fault_point.h"
#include "base/seconds_since.h"
#include "base/trace.h"
#include "dist/agreement.h"
#include "model/tensor_memory.h"

namespace unmask {
namespace {

// Gradients of so many microbatches are kept and summed in one pass, which is cheaper than a pass each. Same bits.
// A graph's next play writes over them.
constexpr std::size_t kKept = 4, kKeptOfGraphs = 1;

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

TrainStep::TrainStep(TrainState& state, Precision precision, std::uint64_t seed, std::array<float, 2> class_weights,
                     Communicator& group, ReducerOptions reducer_options, const ComputePlace& place,
                     std::unique_ptr<Communicator> sums)
    : state_(state),
      place_(place),
      order_(state.classifier.backward_order()),
      reducer_(make_reducer(group, std::move(sums), reduced_tensors(state.classifier, order_), reducer_options, place)),
      pass_(state, precision, seed, class_weights, place, reducer_.bucket_ends(),
            [this](int position, at::Tensor addend) { take(position, std::move(addend)); }),
      kept_(order_.size() + 1),
      most_kept_(place.make_graph ? kKeptOfGraphs : kKept) {
  for (const NamedTensor& parameter : state.classifier.parameters())
    totals_.push_back(at::empty_like(parameter.tensor.detach()));
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
    with_memory_errors([&] { is_void(outcome) ? pass_.restore_running_statistics() : take_step(plan, outcome); });
  } catch (...) {
    outcome.own_fault = current_fault();
  }
  return outcome;
}

void TrainStep::begin(const StepPlan& plan) {
  reducer_.begin(std::max<std::int64_t>(1, static_cast<std::int64_t>(plan.microbatches.size())),
                 state_.loss_scale ? std::optional(state_.loss_scale->value) : std::nullopt);
  fault_point("begin");
  losses_.clear();
  pass_.begin();
  fault_point("copies");
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
    losses_.push_back(pass_.run(plan, plan.microbatches[static_cast<std::size_t>(plan.mine[i])], batch, times));
    if (place_.make_graph) reducer_.sum_now();
    recycle(std::move(batch));
  }
  std::vector<const float*> losses;
  for (const at::Tensor& loss : losses_) losses.push_back(loss.const_data_ptr<float>());
  reducer_.add_to_scalar(0, losses);
}

/// What a microbatch adds to the sum at `position`.
void TrainStep::take(int position, at::Tensor addend) {
  auto& kept = kept_[static_cast<std::size_t>(position)];
  kept.push_back(std::move(addend));
  if (!last_microbatch_ && kept.size() < most_kept_) return;
  auto owner = std::make_shared<const std::vector<at::Tensor>>(std::exchange(kept, {}));
  std::vector<const float*> pointers;
  for (const at::Tensor& tensor : *owner) pointers.push_back(tensor.const_data_ptr<float>());
  reducer_.accumulate(position, pointers, std::move(owner));
  if (last_microbatch_) reducer_.ready(position);
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
