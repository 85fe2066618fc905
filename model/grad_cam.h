// Where in a picture a classifier's logit comes from: Grad-CAM (Selvaraju et al., ICCV 2017) on the body's last maps.
//
//   const at::Tensor heat = grad_cam(classifier, images, 1);  // of "fake"; of 224 px a grid of 7 × 7 each
#pragma once

#include <ATen/ATen.h>

#include "model/classifier.h"

namespace unmask {

/// images: as Classifier::forward takes them. Returns f32 [n, h, w], 0 or more, not scaled: the maps weighted by the
/// mean of the gradient of logit `output` (0 real, 1 fake), summed, negative values cut. In fp32, in evaluation,
/// whatever the model was trained in; parameters get no gradients.
at::Tensor grad_cam(Classifier& classifier, const at::Tensor& images, int output);

}  // namespace unmask
