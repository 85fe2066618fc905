#include "model/head.h"

#include "base/error.h"
#include "base/philox.h"

namespace unmask {
namespace {

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;

/// features * mask / (1 - p): a unit is kept where its draw is p or more.
at::Tensor dropout(const at::Tensor& features, double p, const ForwardContext& context, std::uint32_t layer) {
  if (!context.training || p <= 0) return features;
  const std::int64_t n = features.size(0), units = features.size(1);
  at::Tensor mask = at::empty({n, units}, at::TensorOptions(at::kFloat).pinned_memory(features.is_cuda()));
  float* out = mask.data_ptr<float>();
  const auto threshold = static_cast<float>(p);
  const float scale = static_cast<float>(1.0 / (1.0 - p));
  for (std::int64_t i = 0; i < n; ++i) {
    Draws draws(context.seed, DrawFor::kDropout, context.step, context.first_slot + static_cast<std::uint32_t>(i),
                layer);
    for (std::int64_t unit = 0; unit < units; ++unit) *out++ = draws.uniform() >= threshold ? scale : 0.0f;
  }
  return features * mask.to(features.device(), /*non_blocking=*/true);
}

}  // namespace

at::Tensor head_pass(const Classifier& classifier, const at::Tensor& features, const ForwardContext& context) {
  const ModelOptions& options = classifier.options();
  const auto& running = classifier.running_statistics();
  const auto head = [&](std::size_t i) -> const at::Tensor& {
    return classifier.parameters()[classifier.shapes().head + i].tensor;
  };
  at::Tensor x = dropout(features, options.dropout, context, 0);
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
  return at::linear(dropout(x, options.dropout, context, 1), head(4), head(5));
}

}  // namespace unmask
