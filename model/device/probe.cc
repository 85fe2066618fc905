#include "model/device/probe.h"

#include <algorithm>

#include "base/digest.h"
#include "base/philox.h"
#include "data/augment/augment.h"
#include "model/classifier.h"

namespace unmask {
namespace {

constexpr std::uint64_t kProbeSeed = 20200301;
constexpr std::int64_t kProbeSamples = 4;

std::vector<float> probe_images(int crop_px) {
  const auto size = static_cast<std::size_t>(crop_px) * static_cast<std::size_t>(crop_px) * 3;
  std::vector<float> images(size * kProbeSamples);
  std::vector<std::uint8_t> rgb(size);
  for (std::uint32_t i = 0; i < kProbeSamples; ++i) {
    Draws draws(kProbeSeed, DrawFor::kProbe, i);
    for (std::uint8_t& value : rgb) value = static_cast<std::uint8_t>(draws.next_u32() >> 24);
    augment(rgb, crop_px, draw_augmentation(AugmentOptions{}, crop_px, kProbeSeed, 0, i),
            std::span(images).subspan(i * size, size));
  }
  return images;
}

}  // namespace

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
