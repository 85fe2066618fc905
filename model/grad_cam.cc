#include "model/grad_cam.h"

#include <c10/core/GradMode.h>

#include "base/error.h"
#include "model/head.h"
#include "model/resnet18.h"

namespace unmask {
namespace {

/// What the body's features are the means of.
at::Tensor last_maps(const Classifier& classifier, const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  switch (classifier.options().architecture) {
    case Architecture::kResnet18:
      return resnet18_maps(classifier.parameters(), classifier.running_statistics(), images, /*training=*/false,
                           Precision::kFp32);
  }
  throw Error(ErrorKind::kFailed, "grad_cam: this network's maps aren't known");
}

}  // namespace

at::Tensor grad_cam(Classifier& classifier, const at::Tensor& images, int output) {
  const at::AutoGradMode with_grad(true);
  const at::Tensor maps = last_maps(classifier, images).detach().requires_grad_();
  const at::Tensor logits = head_pass(classifier, at::adaptive_avg_pool2d(maps, {1, 1}).flatten(1), {});
  // Of each image its own logit: one backward pass for all. To the maps alone, not to the head's parameters.
  logits.select(1, output).sum().backward({}, std::nullopt, /*create_graph=*/false, at::TensorList(maps));
  const at::Tensor weights = maps.grad().mean({2, 3}, /*keepdim=*/true);
  return (weights * maps.detach()).sum(1).relu().contiguous();
}

}  // namespace unmask
