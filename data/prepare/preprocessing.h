// How crops are made, as the text that a store keeps (CropStore::preprocessing_json), a model carries, and prediction
// reads.
//
//   const PrepareOptions options = prepare_options_from(model.info.preprocessing_json);
//   preprocessing_json(options, detector_version);  // the same text, if this detector is that one
#pragma once

#include <string>

#include "data/prepare/prepare_options.h"

namespace unmask {

/// JSON without date, host or path: equal ways give equal text. `detector_version`: FaceDetector::version(), or what
/// stands for it in a plan.
/// `imported`: some of the crops are somebody else's, taken as they are.
std::string preprocessing_json(const PrepareOptions& options, const std::string& detector_version,
                               bool imported = false);

/// The options that decide how crops are made; all others are the default. `detector_model` isn't in the text.
/// THROWS Error(kData) on a text that this version did not write.
PrepareOptions prepare_options_from(const std::string& preprocessing_json);
/// Why crops that are made by `ours` differ from those of `theirs`, both texts of preprocessing_json():
/// 'detector_version is "dlib 19.24" here, the model's is "dlib 20"'; "" where they don't.
/// That some were imported is no difference.
std::string preprocessing_difference(const std::string& ours, const std::string& theirs);

}  // namespace unmask
