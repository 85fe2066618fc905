// Times what a sweep does most: steps, scoring, saving, starting a lease, on groups of several sizes.
//
//   const MachineTiming timing = time_machine(session, config.trial, {1, 2, 4});  // all ranks; some seconds
//   predict_modes(work, timing, 64);                                              // sweep/plan/makespan_plan.h
#pragma once

#include <vector>

#include "launch/session.h"
#include "model/train/train_options.h"
#include "sweep/plan/makespan_plan.h"

namespace unmask {

/// A few steps of `options` on as many groups of each size as there are ranks for, all at once, as in a sweep: they
/// share memory and network. In a temporary folder. COLLECTIVE. THROWS Error on all ranks alike: kStopped where a
/// signal asked for it.
MachineTiming time_machine(Session& session, const TrialOptions& options, const std::vector<int>& sizes);

}  // namespace unmask
