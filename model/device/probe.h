// A fixed piece of training whose bits tell whether two machines compute alike.
#pragma once

#include <ATen/ATen.h>

#include <string>

#include "model/model_options.h"
#include "model/precision.h"

namespace unmask {

/// Digest of one microbatch (augmentation, forward, backward)
/// of drawn pixels through a network drawn from a fixed seed.
/// Equal on two ranks of one model and one set of libraries: their results may be mixed.
/// REQUIRES: configure_torch.
std::string probe_digest(const ModelOptions& model, Precision precision, int crop_px,
                         const at::Device& device = at::kCPU);

}  // namespace unmask
