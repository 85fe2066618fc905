// What the page shows of chosen/corruption.json, which `unmask evaluate --corrupt` leaves there.
//
//   run.corruption_json = corruption_rows(read_text_file(file, limit), uncalibrated_digest(model));
#pragma once

#include <string>

namespace unmask {

/// A JSON object: "on", and "rows" of whole datasets with dataset, split, corruption, strength, value, video_auc,
/// interval and coverage. "" where the text is of another model, or no such document.
std::string corruption_rows(const std::string& document, const std::string& model_digest);

}  // namespace unmask
