// What the scheduler is asked: from the trials, leases and ranks of a sweep to the pool of one numerics class. Pure.
//
//   for (const auto& [numerics, members] : ranks.classes()) {
//     const Schedule plan = schedule(pool_view(trials, leases, ranks, numerics));  // scheduler.h
//     …                                                                            // before the next class
//   }
#pragma once

#include <string>
#include <vector>

#include "sweep/lease_table.h"
#include "sweep/plan/scheduler.h"
#include "sweep/rank_roster.h"
#include "sweep/run/trial_table.h"

namespace unmask {

/// A pool of its own for each class, so that no group mixes two. A trial stays with its class while ranks of it are
/// here; of the others a class is offered its share, by id, rounded up. A lease that has ended is one that is ending as
/// long as ranks of it are on their way back. REQUIRES: ranks.classes() holds `numerics`.
PoolState pool_view(const TrialTable& trials, const LeaseTable& leases, const RankRoster& ranks,
                    const std::string& numerics, const std::vector<int>& gpu_of);

}  // namespace unmask
