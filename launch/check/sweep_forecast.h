// What a config's trials take in each mode, predicted from the times of steps: the tables of `unmask plan`.
//
//   const SweepWork work = sweep_work(config);
//   const SweepForecast forecast = forecast_sweep(work, timing, 64);
//   std::cout << forecast_text(work, timing, forecast) << "\n";
//   write_forecast(RunFolder("runs/demo"), work, forecast);  // RUN/plan.json
#pragma once

#include <string>
#include <vector>

#include "launch/config/run_config.h"
#include "sweep/plan/makespan_plan.h"
#include "sweep/run/run_folder.h"

namespace unmask {

/// What there is to do.
struct SweepWork {
  RunConfig config;               // "auto" and the path of the weights resolved
  std::vector<TrialWork> trials;  // those that can start
  RunConfig timed;                // of the trial that is timed soonest; of those, the one that most ranks help
  int most_microbatches = 1;      // a step, of any trial
};

/// Opens the stores. THROWS Error(kData) where no trial can start.
SweepWork sweep_work(RunConfig config);

struct SweepForecast {
  int ranks = 1;
  std::vector<ModePrediction> modes;  // of `unmask train` only the one that it has
  ModePrediction best;
};

/// From the first step of every trial, on `ranks`. Pure.
SweepForecast forecast_sweep(const SweepWork& work, const MachineTiming& timing, int ranks);

/// For people: the times, the modes, the best one and what to ask Slurm and the disk for. Pure.
std::string forecast_text(const SweepWork& work, const MachineTiming& timing, const SweepForecast& forecast);

/// RUN/plan.json, which `unmask status` compares with what the run takes; makes no run of the folder.
void write_forecast(const RunFolder& run, const SweepWork& work, const SweepForecast& forecast);

}  // namespace unmask
