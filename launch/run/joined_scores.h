// Scores of samples put beside the frames of their stores, so that frames without a crop are counted too.
//
//   const auto frames = join_scores(samples, fake_probabilities(model, samples, world, options));
//   evaluation_table(evaluate_frames(frames, {}));
#pragma once

#include <vector>

#include "data/store/sample_list.h"
#include "model/score/evaluation.h"

namespace unmask {

/// Every row of every store, with the score of those that have a crop. `scores`: one a sample, in sample order.
std::vector<EvaluatedFrame> join_scores(const SampleList& samples, const std::vector<double>& scores);

}  // namespace unmask
