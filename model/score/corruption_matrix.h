// How well a detector stands what is done to pictures: scores by corruption and strength, as tables and texts. Pure.
//
//   CorruptionMatrix matrix{digest, /*on_sources=*/false, {}};
//   matrix.scores.push_back({.corruption = kClean, .rows = evaluate_frames(frames, {})});
//   matrix.scores.push_back({"jpeg", 1, "quality", 90, evaluate_frames(corrupted, {})});
//   std::cout << corruption_table(matrix);
#pragma once

#include <string>
#include <vector>

#include "model/score/evaluation.h"

namespace unmask {

inline constexpr char kClean[] = "clean";

/// Of all datasets after one corruption. The frames that are evaluated are those that have a face in the store;
/// coverage is the share of them in which it is still found.
struct CorruptionScores {
  std::string corruption;  // kClean, or its word
  int strength = 0;
  std::string parameter{};  // "quality"
  double value = 0;
  std::vector<EvaluationRow> rows{};
};

struct CorruptionMatrix {
  std::string model_digest;
  bool on_sources = false;               // frames were corrupted before faces were found; else the stored crops
  std::vector<CorruptionScores> scores;  // clean first; all with rows of the same datasets and groups
};

/// One line for people: what was corrupted.
std::string corruption_heading(const CorruptionMatrix& matrix);
/// Of the datasets as a whole.
std::string corruption_table(const CorruptionMatrix& matrix);
/// Every dataset, method and subset, as docs/formats.md says: by them, then by corruption and strength.
std::string corruption_csv(const CorruptionMatrix& matrix);
std::string corruption_json(const CorruptionMatrix& matrix);

}  // namespace unmask
