#include "model/device/probe.h"

#include "base/digest.h"
#include "model/classifier.h"
#include "model/device/probe_images.h"

namespace unmask {

std::string probe_digest(const ModelOptions& model, Precision precision, int crop_px, const at::Device& device) {
  Classifier classifier(model);
  initialise_random(classifier, kProbeSeed);
  classifier.to(device);
  std::vector<float> images = probe_images(crop_px);
  const at::Tensor input =
      at::from_blob(images.data(), {kProbeSamples, crop_px, crop_px, 3}, at::kFloat).permute({0, 3, 1, 2}).to(device);
  const ForwardContext context{true, precision, kProbeSeed, 0, 0};
  const at::Tensor logits = classifier.forward(input, context);
  at::log_softmax(logits, 1).select(1, 0).sum().backward();
  Digest128Stream digest;
  for (const NamedTensor& parameter : classifier.parameters()) {
    const at::Tensor gradient = parameter.tensor.grad().to(at::kCPU).contiguous();
    digest.update(std::as_bytes(std::span(gradient.data_ptr<float>(), static_cast<std::size_t>(gradient.numel()))));
  }
  return to_hex(digest.digest());
}

}  // namespace unmask
