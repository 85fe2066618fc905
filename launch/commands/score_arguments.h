// What the commands that score with a model share: --threads, --device, --timeout.
#pragma once

#include "launch/command_line.h"
#include "model/score/evaluator.h"

namespace unmask {

void add_score_options(Command& command);

/// THROWS Error(kUsage); also where a GPU is allocated but cannot be used.
ScoreOptions score_options(const ParsedOptions& parsed, const Session& session);

}  // namespace unmask
