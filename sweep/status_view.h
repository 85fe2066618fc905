// What people see of a sweep: from its trials, leases and ranks to a status and a line. Pure: what needs a clock or the
// machine (elapsed time, host, process) is left to the caller.
//
//   RunStatus status = status_view(trials.trials(), leases, ranks);
//   status.elapsed_s = seconds_since(start);
//   progress_text(status, trials.trials(), leases);  // "3/8 trials, 2 running  812.5 images/s"
#pragma once

#include <string>
#include <vector>

#include "sweep/lease_table.h"
#include "sweep/rank_roster.h"
#include "sweep/run/results.h"
#include "sweep/run/status_file.h"

namespace unmask {

/// Trials by state, groups, leaders, ranks, rate and time left; the other fields stay as they are by default.
/// `trials`: in order of id.
RunStatus status_view(const std::vector<SweepTrial>& trials, const LeaseTable& leases, const RankRoster& ranks);

/// "epoch 2/12  step 40/240  loss 0.6931  812.5 images/s"; of a sweep "3/8 trials, 2 running  812.5 images/s"; "" where
/// the only trial doesn't run.
std::string progress_text(const RunStatus& status, const std::vector<SweepTrial>& trials, const LeaseTable& leases);

}  // namespace unmask
