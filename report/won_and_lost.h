// What the page shows of chosen/against_init.json: what training on from a detector won on the new datasets and lost on
// the old.
//
//   run.won_and_lost_json = won_and_lost_rows(read_text_file(file, limit), uncalibrated_digest(model));
#pragma once

#include <string>

namespace unmask {

/// A JSON object: "began_with", the datasets of the detector before; "replay"; "missing", old datasets without a store
/// ("base/val"); "rows" with dataset, split, group, standing (old, new, other), videos, clusters, and of the AUC by
/// video before, now, difference and interval (of the paired difference; null where there are too few people). "" where
/// the text is of another model, or no such document.
std::string won_and_lost_rows(const std::string& document, const std::string& model_digest);

}  // namespace unmask
