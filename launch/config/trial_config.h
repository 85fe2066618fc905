// From a sweep's config to what each of its trials is told.
//
//   for (const PlannedTrial& planned : plan_sweep(*sweep.sweep, sweep.trial.seed, {}).trials) {
//     const RunConfig config = trial_config(sweep, planned);  // as `unmask train` would take it
//     const TrialBrief brief = trial_brief(sweep, config);    // as the coordinator and the results see it
//   }
#pragma once

#include "launch/config/run_config.h"
#include "sweep/plan/sweep_plan.h"
#include "sweep/plan/trial_brief.h"

namespace unmask {

/// What `unmask train` would take for this trial: the sweep's config with the point's values and the repeat's seed,
/// without [sweep], and with the digests of the stores that it uses. REQUIRES: trial.drawn.
/// THROWS Error(kUsage) naming trial and key where a value doesn't fit.
RunConfig trial_config(const RunConfig& sweep, const PlannedTrial& trial);

/// `config`: of a trial of `sweep`. Of a sweep without data.test: datasets marked `test` are scored for the chosen
/// trials only. What the stores tell is not filled in: steps_per_epoch, images, scored_images.
TrialBrief trial_brief(const RunConfig& sweep, RunConfig config);

}  // namespace unmask
