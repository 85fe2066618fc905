// A network's body (model/network.h) with one of two heads: face crop → two logits (real, fake).
//
//   Classifier classifier({.init = "random", .head = Head::kLinear, .dropout = 0.5});
//   initialise_random(classifier, seed);
//   const at::Tensor logits = classifier.forward(images, {.training = true, .seed = seed, .step = 3});
//   at::log_softmax(logits, 1).select(1, 0).sum().backward();  // gradients stand in parameters()
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "model/model_options.h"
#include "model/named_tensor.h"
#include "model/network.h"
#include "model/network_shapes.h"
#include "model/precision.h"

namespace unmask {

/// What one forward pass needs beside the images.
struct ForwardContext {
  bool training = false;                   // batch statistics and dropout; running statistics are updated in place
  Precision precision = Precision::kFp32;  // of the body; BatchNorm's parameters, head and logits are f32
  std::uint64_t seed = 0;  // dropout masks are keyed by (seed, step, slot in the global batch, layer, unit)
  std::uint32_t step = 0;
  std::uint32_t first_slot = 0;                       // slot of images[0] in the global batch
  const std::vector<NamedTensor>* weights = nullptr;  // of the body, where many passes share them (rounded_weights.h)
  const std::vector<at::Tensor>* masks = nullptr;     // of draw_dropout of head.h, where it was done beforehand
};

/// Parameters are f32 leaves with requires_grad, convolutions channels_last. Made on the CPU. THREAD: one at a time.
/// The first one in a process calls keep_tensor_memory().
class Classifier {
 public:
  explicit Classifier(const ModelOptions& options);
  /// images: as a BodyPass takes them, channels_last, normalised, px of shapes().least_px or more. Logits f32 [n, 2].
  at::Tensor forward(const at::Tensor& images, const ForwardContext& context);

  /// What the tensors below are, in the same order.
  const NetworkShapes& shapes() const { return shapes_; }
  std::vector<NamedTensor>& parameters() { return parameters_; }
  std::vector<NamedTensor>& running_statistics() { return running_; }
  const std::vector<NamedTensor>& parameters() const { return parameters_; }
  const std::vector<NamedTensor>& running_statistics() const { return running_; }
  /// All of them one after another, f32 [n]: they are views of it.
  const at::Tensor& running_flat() const { return running_flat_; }
  /// Indices into parameters() in the order in which backward finishes them.
  const std::vector<int>& backward_order() const { return shapes_.backward_order; }
  const ModelOptions& options() const { return options_; }
  /// Moves all tensors, which are new ones then: before anyone holds them.
  void to(const at::Device& device);
  at::Device device() const { return parameters_.front().tensor.device(); }

 private:
  void keep_running(const at::Tensor& flat);
  ModelOptions options_;
  NetworkShapes shapes_;
  BodyPass body_;
  std::vector<NamedTensor> parameters_, running_;
  at::Tensor running_flat_;
};

/// torchvision's initialisation (Kaiming normal, fan out; BatchNorm 1 and 0; linear layers uniform ±1/sqrt(fan in)),
/// drawn from counter-based numbers keyed by (seed, tensor name).
void initialise_random(Classifier& classifier, std::uint64_t seed);

}  // namespace unmask
