// How crops are made, as the text that a store keeps (CropStore::preprocessing_json) and prediction will read.
#pragma once

#include <string>

#include "data/prepare/prepare_options.h"

namespace unmask {

/// JSON without date, host or path: equal ways give equal text. `detector_version`: FaceDetector::version(), or what
/// stands for it in a plan.
/// `imported`: some of the crops are somebody else's, taken as they are.
std::string preprocessing_json(const PrepareOptions& options, const std::string& detector_version,
                               bool imported = false);

}  // namespace unmask
