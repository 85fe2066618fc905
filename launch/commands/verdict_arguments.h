// What the commands that judge loose pictures and videos share: --frames, --stream, --fpr, --prior, --threshold,
// --detector-model, --no-sandbox.
#pragma once

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
/// For a model with this calibration ("": none) and these limits. THROWS as verdict_options().
VerdictOptions read_verdict_options(const ParsedOptions& parsed, const std::string& calibration_json,
                                    const std::optional<FamiliarityLimits>& limits);

}  // namespace unmask
