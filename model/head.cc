#include "model/head.h"

#include "base/error.h"
#include "base/philox.h"

namespace unmask {
namespace {

constexpr double kEpsilon = 1e-5, kMomentum = 0.1;

const at::Tensor& head_tensor(const Classifier& classifier, std::size_t i) {
  return classifier.parameters()[classifier.shapes().head + i].tensor;
}

/// On the classifier's device.
std::vector<at::Tensor> dropout_masks(const Classifier& classifier, std::int64_t n, const ForwardContext& context) {
  if (!context.training) return {};
  const at::Device device = classifier.device();
  std::vector<at::Tensor> masks;
  for (const std::int64_t units : dropout_units(classifier))
    masks.push_back(at::empty({n, units}, at::TensorOptions(at::kFloat).pinned_memory(device.is_cuda())));
  draw_dropout(classifier, context, masks);
  for (at::Tensor& mask : masks) mask = mask.to(device, /*non_blocking=*/true);
  return masks;
}

}  // namespace

std::vector<std::int64_t> dropout_units(const Classifier& classifier) {
  if (classifier.options().dropout <= 0) return {};
  std::vector<std::int64_t> units = {head_tensor(classifier, 0).size(1)};
  if (classifier.options().head != Head::kLinear) units.push_back(head_tensor(classifier, 4).size(1));
  return units;
}

/// A unit is kept where its draw is p or more.
void draw_dropout(const Classifier& classifier, const ForwardContext& context, const std::vector<at::Tensor>& masks) {
  const double p = classifier.options().dropout;
  const auto threshold = static_cast<float>(p), scale = static_cast<float>(1.0 / (1.0 - p));
  for (std::size_t layer = 0; layer < masks.size(); ++layer) {
    float* out = masks[layer].data_ptr<float>();
    for (std::int64_t i = 0; i < masks[layer].size(0); ++i) {
      Draws draws(context.seed, DrawFor::kDropout, context.step, context.first_slot + static_cast<std::uint32_t>(i),
                  static_cast<std::uint32_t>(layer));
      for (std::int64_t unit = 0; unit < masks[layer].size(1); ++unit)
        *out++ = draws.uniform() >= threshold ? scale : 0.0f;
    }
  }
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
