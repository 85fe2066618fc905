// Scores of a model on corrupted faces, by all ranks: each takes whole videos, so the scores are the same for any
// number of them.
//
//   const CorruptedScores scores = score_corrupted(model, samples, corrupt_options, score_options, session, watch);
//   scores[corruption][sample];  // nothing: the face wasn't found again
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/corrupt/video_corrupter.h"
#include "data/store/sample_list.h"
#include "launch/rank_watch.h"
#include "launch/session.h"
#include "model/score/corruption_matrix.h"
#include "model/score/evaluator.h"

namespace unmask {

using CorruptedScores = std::vector<std::vector<std::optional<double>>>;  // [corruptions][samples]

/// The same on every rank. All sources are looked at before the first is scored. COLLECTIVE. THROWS as VideoCorrupter
/// and CropScorer, on all ranks alike. REQUIRES: the stores were made as the model was trained, and hold a crop.
CorruptedScores score_corrupted(const std::filesystem::path& model, const SampleList& samples,
                                const CorruptOptions& options, const ScoreOptions& score_options, Session& session,
                                RankWatch& watch);

/// What these scores say beside those of the clean crops: `frames` of all stores, with scores where there is a crop
/// (join_scores), in the order of the samples. On one rank.
CorruptionMatrix corruption_matrix(const std::string& model_digest, const CorruptOptions& options,
                                   const std::vector<EvaluatedFrame>& frames, const CorruptedScores& scores,
                                   const std::vector<IdentitySubset>& subsets);

}  // namespace unmask
