#include "model/head.h"

#include "base/error.h"
#include "base/philox.h"

namespace unmask {
namespace {

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;

/// A unit is kept where its draw is p or more.
at::Tensor dropout_mask(const at::Device& device, std::int64_t n, std::int64_t units, double p,
                        const ForwardContext& context, std::uint32_t layer) {
  at::Tensor mask = at::empty({n, units}, at::TensorOptions(at::kFloat).pinned_memory(device.is_cuda()));
  float* out = mask.data_ptr<float>();
  const auto threshold = static_cast<float>(p);
  const float scale = static_cast<float>(1.0 / (1.0 - p));
  for (std::int64_t i = 0; i < n; ++i) {
    Draws draws(context.seed, DrawFor::kDropout, context.step, context.first_slot + static_cast<std::uint32_t>(i),
                layer);
    for (std::int64_t unit = 0; unit < units; ++unit) *out++ = draws.uniform() >= threshold ? scale : 0.0f;
  }
  return mask.to(device, /*non_blocking=*/true);
}

const at::Tensor& head_tensor(const Classifier& classifier, std::size_t i) {
  return classifier.parameters()[classifier.shapes().head + i].tensor;
}

}  // namespace

std::vector<at::Tensor> dropout_masks(const Classifier& classifier, std::int64_t n, const ForwardContext& context) {
  const ModelOptions& options = classifier.options();
  if (!context.training || options.dropout <= 0) return {};
  std::vector<at::Tensor> masks;
  const auto add = [&](const at::Tensor& next_weight) {
    masks.push_back(dropout_mask(classifier.device(), n, next_weight.size(1), options.dropout, context,
                                 static_cast<std::uint32_t>(masks.size())));
  };
  add(head_tensor(classifier, 0));
  if (options.head != Head::kLinear) add(head_tensor(classifier, 4));
  return masks;
}

at::Tensor head_pass(const Classifier& classifier, const at::Tensor& features, const ForwardContext& context) {
  const ModelOptions& options = classifier.options();
  const auto& running = classifier.running_statistics();
  const auto head = [&](std::size_t i) -> const at::Tensor& { return head_tensor(classifier, i); };
  const std::vector<at::Tensor> masks =
      context.masks ? *context.masks : dropout_masks(classifier, features.size(0), context);
  const auto dropout = [&](const at::Tensor& values, std::size_t layer) {
    return masks.empty() ? values : values * masks[layer];
  };
  at::Tensor x = dropout(features, 0);
  if (options.head == Head::kLinear) return at::linear(x, head(0), head(1));
  if (context.training && x.size(0) < 2) {
    throw Error(
        ErrorKind::kUsage,
        "the hidden head's batch normalisation needs more than one sample a microbatch in training: choose another "
        "train.microbatch_size, or model.head = \"linear\"");
  }
  x = at::relu(at::linear(x, head(0), head(1)));
  x = at::batch_norm(x, head(2), head(3), running[running.size() - 2].tensor, running.back().tensor, context.training,
                     kMomentum, kEpsilon, false);
  return at::linear(dropout(x, 1), head(4), head(5));
}

}  // namespace unmask
