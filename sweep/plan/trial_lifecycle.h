// How a trial's record changes when the program starts again, when it gets ranks, and when it fails. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "base/fault.h"
#include "sweep/plan/trial_record.h"

namespace unmask {

/// The record as the program finds it at its start: what was running when everything was killed waits again; what
/// failed by something that a restart may cure waits again while it has attempts left. Three attempts in a row that
/// were killed before a step was seen to end count as one failure, or one alone where the kernel has counted a kill for
/// lack of memory meanwhile; a step makes up for all before it. Progress is counted from where the killed attempt
/// itself began.
/// `checkpoint_step`: newest checkpoint on disk; `seen_step`: last step that status.json tells of that attempt;
/// `memory_kills`: MemoryLimits::kills() now.
TrialRecord after_restart(TrialRecord record, std::int64_t checkpoint_step, std::int64_t seen_step, int max_attempts,
                          std::int64_t memory_kills = 0);

/// The share of runtime.checkpoint_every_s after which the trial's next attempt writes a checkpoint: half as long after
/// each kill that came before one, so that what is killed again and again gets on.
double checkpoint_share(const TrialRecord& record);

/// It was trained before, and may hold checkpoints.
bool has_begun(const TrialRecord& record);

/// The record to be written before a lease is granted.
TrialRecord at_grant(TrialRecord record, std::int64_t checkpoint_step, std::int64_t memory_kills = 0);

/// The record after a lease that failed. Divergence would come again with the same bits: failed for good. Damaged or
/// missing data: failed until the next start. Memory, I/O, a peer's death: waits for another attempt, up to
/// max_attempts failures without a newer checkpoint.
TrialRecord after_failure(TrialRecord record, const Fault& fault, std::int64_t checkpoint_step, int max_attempts);

/// A fault as results.csv tells it: equal for any grouping.
std::string result_reason(const Fault& fault);

/// done, stopped, failed: nothing more will be run.
bool is_over(TrialState state);

}  // namespace unmask
