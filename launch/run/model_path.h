// MODEL on the command line: a file, a RUN (its chosen trial) or RUN:0007.
#pragma once

#include <filesystem>
#include <string>

namespace unmask {

/// The model file that `model` names; a RUN in slices stands for the choice over all of them.
/// THROWS Error(kUsage) saying what was looked for.
std::filesystem::path find_model(const std::string& model);

}  // namespace unmask
