// ResNet18 (He et al., CVPR 2016; torchvision's layer names) with one of two heads:
// face crop → two logits (real, fake).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/model_options.h"
#include "model/precision.h"

namespace unmask {

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

struct Resnet18Layout;

/// What one forward pass needs beside the images.
struct ForwardContext {
  bool training = false;                   // batch statistics and dropout; running statistics are updated in place
  Precision precision = Precision::kFp32;  // of the body; BatchNorm's parameters, head and logits are f32
  std::uint64_t seed = 0;  // dropout masks are keyed by (seed, step, slot in the global batch, layer, unit)
  std::uint32_t step = 0;
  std::uint32_t first_slot = 0;  // slot of images[0] in the global batch
};

/// Parameters are f32 leaves with requires_grad, convolutions channels_last. Made on the CPU. THREAD: one at a time.
/// The first one in a process calls keep_tensor_memory().
class Classifier {
 public:
  explicit Classifier(const ModelOptions& options);
  /// images: f32 [n, 3, px, px], channels_last, normalised. Returns logits f32 [n, 2]. Any px >= 32.
  at::Tensor forward(const at::Tensor& images, const ForwardContext& context);

  /// torchvision's names ("layer1.0.conv1.weight", "fc.weight"; with the hidden head "fc.1.weight" … as in
  /// nn.Sequential(Dropout, Linear, ReLU, BatchNorm1d, Dropout, Linear)) and order.
  std::vector<NamedTensor>& parameters() { return parameters_; }
  /// running_mean and running_var, f32.
  std::vector<NamedTensor>& running_statistics() { return running_; }
  const std::vector<NamedTensor>& parameters() const { return parameters_; }
  const std::vector<NamedTensor>& running_statistics() const { return running_; }
  /// Indices into parameters() in the order in which backward finishes them.
  std::vector<int> backward_order() const;
  const ModelOptions& options() const { return options_; }
  /// Moves all tensors, which are new ones then: before anyone holds them.
  void to(const at::Device& device);
  at::Device device() const { return parameters_.front().tensor.device(); }

 private:
  ModelOptions options_;
  std::vector<NamedTensor> parameters_, running_;
  std::shared_ptr<const Resnet18Layout> body_;
  std::size_t head_ = 0;  // first parameter of the head
};

/// torchvision's initialisation (Kaiming normal, fan out; BatchNorm 1 and 0; linear layers uniform ±1/sqrt(fan in)),
/// drawn from counter-based numbers keyed by (seed, tensor name).
void initialise_random(Classifier& classifier, std::uint64_t seed);

}  // namespace unmask
