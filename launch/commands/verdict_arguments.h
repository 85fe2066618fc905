// What the commands that judge loose pictures and videos share: --frames, --stream, --fpr, --prior, --threshold,
// --detector-model, --no-sandbox.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "launch/command_line.h"
#include "launch/run/input_scorer.h"

namespace unmask {

void add_verdict_options(Command& command);

/// With those of launch/commands/score_arguments.h. THROWS Error(kUsage).
InputScorerOptions scorer_options(const ParsedOptions& parsed, const Session& session);
/// As far as the model isn't needed for it: before the work. THROWS Error(kUsage).
void check_verdict_options(const ParsedOptions& parsed);
/// A model that judges, and what its verdicts go by.
struct InputJudge {
  std::unique_ptr<InputScorer> scorer;
  VerdictOptions verdicts;
  std::string model_digest;
};
/// On each rank; rank zero says where there is no sandbox. COLLECTIVE. THROWS on all ranks alike, as InputScorer() and
/// read_verdict_options().
InputJudge open_judge(const std::string& command, const ParsedOptions& parsed, Session& session,
                      const std::filesystem::path& model, const InputScorerOptions& options);
/// For a model with this calibration ("": none) and these limits. THROWS as verdict_options().
VerdictOptions read_verdict_options(const ParsedOptions& parsed, const std::string& calibration_json,
                                    const std::optional<FamiliarityLimits>& limits);

}  // namespace unmask
