// What one rank can see of a config before a job is queued: stores and their splits, weights, trials, disk.
//
//   Findings findings;
//   const ConfigCheck check = check_config(config, "runs/demo", 16, findings);
//   std::cout << check.text << "\n" << findings.text();  // tables; "FAULT  dataset base: 1 video …"
#pragma once

#include <cstdint>
#include <string>

#include "launch/check/findings.h"
#include "launch/config/run_config.h"

namespace unmask {

struct ConfigCheck {
  RunConfig config;             // as the job's ranks would be told it: "auto" and the path of the weights resolved
  std::string text;             // tables for people
  std::int64_t rank_bytes = 0;  // of the machine's memory, that a rank takes about; 0: not known, or a GPU's
};

/// `run`: the folder of --run, which may hold that run already; "" = none was named. `ranks`: of the job.
/// Never throws on what is wrong: that is in `findings`. Trains nothing, and leaves nothing of its own in the run's
/// folder.
ConfigCheck check_config(const RunConfig& config, const std::string& run, int ranks, Findings& findings);

}  // namespace unmask
