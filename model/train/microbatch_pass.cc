#include "model/train/microbatch_pass.h"

#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>

#include "base/seconds_since.h"
#include "base/trace.h"
#include "model/head.h"

namespace unmask {

/// What a pass reads.
struct MicrobatchPass::Inputs {
  Inputs() = default;
  /// Without images. All others are parts of one tensor of bytes, so that one copy brings them to a device.
  Inputs(std::int64_t samples, const std::vector<std::int64_t>& dropouts, const at::TensorOptions& options)
      : masks(dropouts.size()) {
    std::int64_t size = 0;
    const auto for_each_part = [&](const auto& part) {
      size = 0;
      part(share, {}, at::kDouble);
      part(labels, {samples}, at::kLong);
      part(batch_samples, {}, at::kFloat);
      part(loss_scale, {}, at::kFloat);
      for (std::size_t i = 0; i < dropouts.size(); ++i) part(masks[i], {samples, dropouts[i]}, at::kFloat);
    };
    const auto length = [](at::IntArrayRef sizes, at::ScalarType type) {
      return static_cast<std::int64_t>(c10::multiply_integers(sizes)) * static_cast<std::int64_t>(elementSize(type));
    };
    for_each_part([&](at::Tensor&, at::IntArrayRef sizes, at::ScalarType type) { size += length(sizes, type); });
    bytes = at::empty({size}, options.dtype(at::kByte));
    for_each_part([&](at::Tensor& tensor, at::IntArrayRef sizes, at::ScalarType type) {
      tensor = bytes.narrow(0, size, length(sizes, type)).view(type).view(sizes);
      size += length(sizes, type);
    });
  }
  at::Tensor images;  // as BodyPass takes them
  at::Tensor bytes;
  at::Tensor share;                      // f64 []: what the running statistics count
  at::Tensor labels;                     // i64 [n]
  at::Tensor batch_samples, loss_scale;  // f32 []
  std::vector<at::Tensor> masks;         // f32 [n, units]: of each dropout
};

/// Of microbatches of one size. What it holds stays at its place.
struct MicrobatchPass::Recording {
  Inputs inputs;  // of the first of them, written anew by each one
  // Of the second one.
  std::unique_ptr<ComputeGraph> graph;
  struct Addend {
    int position;
    at::Tensor tensor;
  };
  std::vector<std::vector<Addend>> parts{1};
  at::Tensor loss;
};

/// Autograd calls it when a weight's gradient of one microbatch is complete, with the parameter's own strides.
class MicrobatchPass::GradientHook : public torch::autograd::PostAccumulateGradHook {
 public:
  GradientHook(MicrobatchPass& pass, int position) : pass_(pass), position_(position) {}
  void operator()(const at::Tensor& weight) override {
    pass_.give(position_, std::exchange(weight.mutable_grad(), {}).to(at::kFloat));
  }

 private:
  MicrobatchPass& pass_;
  int position_;
};

MicrobatchPass::MicrobatchPass(TrainState& state, Precision precision, std::uint64_t seed,
                               std::array<float, 2> class_weights, ComputePlace place, std::vector<int> part_ends,
                               Take take)
    : state_(state),
      precision_(precision),
      weights_(state.classifier, precision),
      seed_(seed),
      place_(std::move(place)),
      class_weights_(at::tensor({class_weights[0], class_weights[1]}).to(place_.device)),
      part_ends_(std::move(part_ends)),
      take_(std::move(take)),
      running_at_start_(at::empty_like(state.classifier.running_flat())) {
  int position = 0;
  for (const int parameter : state.classifier.backward_order()) {
    torch::autograd::impl::set_post_acc_grad_hooks(weights_.tensors()[static_cast<std::size_t>(parameter)].tensor,
                                                   std::make_unique<GradientHook>(*this, position++));
  }
}

MicrobatchPass::~MicrobatchPass() {
  for (const NamedTensor& weight : weights_.tensors())
    torch::autograd::impl::set_post_acc_grad_hooks(weight.tensor, nullptr);
}

void MicrobatchPass::begin() {
  has_start_ = false;
  running_at_start_.copy_(state_.classifier.running_flat());
  has_start_ = true;
  weights_.round();
}

at::Tensor MicrobatchPass::run(const StepPlan& plan, const Microbatch& microbatch, const CropBatch& batch,
                               StepTimes& times) {
  const auto start = std::chrono::steady_clock::now();
  std::optional<TraceSpan> span("forward");
  Recording* recording = nullptr;
  if (place_.make_graph) {
    std::unique_ptr<Recording>& kept = recordings_[{microbatch.count, plan.crop_px}];
    if (!kept) kept = std::make_unique<Recording>();
    recording = kept.get();
  }
  const bool is_known = recording != nullptr && recording->inputs.images.defined();
  const Inputs inputs = inputs_of(plan, microbatch, batch, is_known ? &recording->inputs : nullptr);
  const bool plays = is_known && (recording->graph || record(*recording));
  at::Tensor loss;
  if (!plays) {
    loss = forward(inputs);
    if (place_.make_graph) recording->inputs = inputs;
  }
  times.forward_s += seconds_since(start);
  span.emplace("backward");
  const auto backward_start = std::chrono::steady_clock::now();
  if (plays) {
    loss = play(*recording);
  } else {
    backward(loss, inputs);
  }
  times.backward_s += seconds_since(backward_start);
  return loss.detach();
}

/// `place`: where they are to be.
MicrobatchPass::Inputs MicrobatchPass::inputs_of(const StepPlan& plan, const Microbatch& microbatch,
                                                 const CropBatch& batch, const Inputs* place) const {
  const at::Device device = place_.device;
  const std::vector<std::int64_t> dropouts = dropout_units(state_.classifier);
  Inputs host(microbatch.count, dropouts, at::TensorOptions().pinned_memory(device.is_cuda()));
  const auto samples = static_cast<double>(plan.batch_samples);
  *host.share.data_ptr<double>() = static_cast<double>(microbatch.count) / samples * loss_scale();
  *host.batch_samples.data_ptr<float>() = static_cast<float>(samples);
  *host.loss_scale.data_ptr<float>() = static_cast<float>(loss_scale());
  std::ranges::copy(batch.labels, host.labels.data_ptr<std::int64_t>());
  draw_dropout(state_.classifier,
               {.seed = seed_, .step = plan.step, .first_slot = static_cast<std::uint32_t>(microbatch.first)},
               host.masks);
  Inputs inputs = place != nullptr  ? *place
                  : device.is_cpu() ? host
                                    : Inputs(microbatch.count, dropouts, at::TensorOptions(device));
  if (!inputs.bytes.is_same(host.bytes)) inputs.bytes.copy_(host.bytes, /*non_blocking=*/true);
  inputs.images = place_.images(batch, plan.crop_px, precision_, inputs.images);
  return inputs;
}

/// Returns the loss.
at::Tensor MicrobatchPass::forward(const Inputs& inputs) {
  restore_running_statistics();
  const ForwardContext context{
      .training = true, .precision = precision_, .weights = &weights_.tensors(), .masks = &inputs.masks};
  const at::Tensor logits = state_.classifier.forward(inputs.images, context);
  add_running_statistics(inputs.share);
  return at::nll_loss(at::log_softmax(logits, 1), inputs.labels, class_weights_, at::Reduction::Sum) /
         inputs.batch_samples;
}

void MicrobatchPass::backward(const at::Tensor& loss, const Inputs& inputs) {
  (state_.loss_scale ? loss * inputs.loss_scale : loss).backward();
}

/// What this microbatch would make of the running statistics counts by its share of the batch, in double.
void MicrobatchPass::add_running_statistics(const at::Tensor& share) {
  const at::NoGradGuard no_grad;
  const at::Tensor exact = state_.classifier.running_flat().to(at::kDouble).mul_(share);
  give(static_cast<int>(state_.classifier.backward_order().size()), exact.to(at::kFloat));
}

void MicrobatchPass::restore_running_statistics() {
  const at::NoGradGuard no_grad;
  // Unknown: what failed was the copy, and nothing has changed yet.
  if (has_start_) state_.classifier.running_flat().copy_(running_at_start_);
}

void MicrobatchPass::give(int position, at::Tensor addend) {
  if (recorded_now_ == nullptr) return take_(position, std::move(addend));
  recorded_now_->parts.back().push_back({position, std::move(addend)});
  if (std::ranges::find(part_ends_, position) == part_ends_.end()) return;
  recorded_now_->graph->cut();
  recorded_now_->parts.emplace_back();
}

/// False where it can't be, for reasons other than memory: from then on nothing is recorded any more.
bool MicrobatchPass::record(Recording& recording) {
  recording.graph = place_.make_graph();
  recorded_now_ = &recording;
  const auto give_up = [&] {
    recorded_now_ = nullptr;
    recording.graph->abandon();
    recordings_.clear();
    for (const NamedTensor& weight : weights_.tensors()) weight.tensor.mutable_grad().reset();
  };
  try {
    recording.graph->begin();
    const at::Tensor loss = forward(recording.inputs);
    backward(loss, recording.inputs);
    recording.loss = loss.detach();
    recording.graph->end();
    recorded_now_ = nullptr;
    return true;
  } catch (const c10::OutOfMemoryError&) {
    give_up();
    throw;
  } catch (const std::exception& error) {
    give_up();
    std::fprintf(stderr, "a microbatch isn't recorded as a graph, its operators are enqueued one by one: %s\n",
                 error.what());
    place_.make_graph = {};
    return false;
  }
}

at::Tensor MicrobatchPass::play(const Recording& recording) {
  for (std::size_t part = 0; part < recording.parts.size(); ++part) {
    recording.graph->play(part);
    for (const Recording::Addend& addend : recording.parts[part]) take_(addend.position, addend.tensor);
  }
  return recording.loss.clone();
}

}  // namespace unmask
