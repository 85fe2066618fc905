// What faces the chosen model has seen the like of (model/score/familiarity.h), from the samples it is calibrated on.
//
//   const Familiarity familiarity = fit_chosen_familiarity(model, samples, fold_of, "calibration", options, stop);
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/store/sample_list.h"
#include "model/score/evaluator.h"
#include "model/score/familiarity.h"

namespace unmask {

/// Of all samples, or kMostFamiliarFaces of them, evenly spaced, in sample order; `fold_of` has one a sample. One rank
/// alone: the same bits for any number of them. `stop` is asked after every batch. THROWS Error(kData) as
/// fit_familiarity, Error(kStopped).
Familiarity fit_chosen_familiarity(const std::filesystem::path& model, const SampleList& samples,
                                   const std::vector<std::uint32_t>& fold_of, const std::string& fitted_on,
                                   const ScoreOptions& options, const std::function<bool()>& stop);

}  // namespace unmask
