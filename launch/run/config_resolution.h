// From a config as it was written to what a run records of it: the weights found, "auto" decided, contents digested.
//
//   resolve_init(config);
//   resolve_arithmetic(config);
//   config.content = content_digests(config);
//   config.content[kNumerics] = run_numerics(config, session.local_rank());
#pragma once

#include <map>
#include <string>

#include "launch/config/run_config.h"

namespace unmask {

/// model.init, where it isn't "random", becomes the path of the weights file that it names (find_model).
/// THROWS Error(kUsage) saying what was looked for.
void resolve_init(RunConfig& config);
/// What takes the place of "auto" on this machine, or, where the run was made before, what took it then.
void resolve_arithmetic(RunConfig& config, const RunConfig* recorded = nullptr);
/// Digests of the stores and weights that `config` names. THROWS Error(kData) naming what is missing.
std::map<std::string, std::string> content_digests(const RunConfig& config);
/// numerics_class() of this rank, by the crops of the first store that is there. THROWS Error.
std::string run_numerics(const RunConfig& config, int local_rank);

}  // namespace unmask
