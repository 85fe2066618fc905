// MODEL on the command line: a file, a RUN (its chosen trial) or RUN:0007.
#pragma once

#include <filesystem>
#include <string>

#include "sweep/run/run_folder.h"

namespace unmask {

/// The model file that `model` names; a RUN in slices stands for the choice over all of them.
/// THROWS Error(kUsage) saying what was looked for.
std::filesystem::path find_model(const std::string& model);

/// Where the trial's model lies, or would lie: in the run, or in the slice of it that trained it.
std::filesystem::path model_of_trial(const RunFolder& run, int id);

}  // namespace unmask
