#include "launch/check/sweep_forecast.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/durable_file.h"
#include "base/error.h"
#include "base/host_name.h"
#include "base/number_text.h"
#include "base/table_text.h"
#include "launch/check/disk_space.h"
#include "launch/config/trial_config.h"
#include "launch/run/config_resolution.h"
#include "launch/run/init_detector.h"
#include "launch/run/trial_briefs.h"
#include "sweep/plan/disk_plan.h"
#include "sweep/run/status_file.h"

namespace unmask {
namespace {

TrialWork work_of(int id, const TrialBrief& brief) {
  return {id,
          brief.microbatches,
          static_cast<double>(brief.images),
          brief.steps_per_epoch,
          brief.epochs,
          static_cast<double>(brief.scored_images)};
}

/// What a trial's step costs to time: seconds grow with the images of a microbatch; then, how few ranks help.
std::pair<double, int> cost_of_timing(const TrialWork& work) {
  return {work.images / work.microbatches, -work.microbatches};
}

std::string timing_text(const MachineTiming& timing) {
  TextTable table({"ranks", "microbatches", "step s", "images/s"});
  for (const StepTiming& step : medians(timing.steps)) {
    table.add({std::to_string(step.ranks), std::to_string(step.microbatches), fixed_text(step.step_s, 3),
               step.images > 0 ? fixed_text(step.images / step.step_s, 1) : "-"});
  }
  return table.text() + "\nan image is scored in " +
         (timing.scored_image_s < 0 ? "a third of its share of a step"
                                    : fixed_text(1000 * timing.scored_image_s, 2) + " ms") +
         " on one rank, an epoch's end takes " + fixed_text(timing.epoch_end_s, 2) +
         " s beside, the start of a lease " + fixed_text(timing.lease_cost_s, 2) + " s";
}

std::string best_text(const SweepWork& work, const SweepForecast& forecast) {
  const ModePrediction& best = forecast.best;
  SweepOptions options = sweep_options(work.config);
  options.mode = best.mode;
  options.group_size = best.group_size;
  DiskDemand disk = disk_demand(options, forecast.ranks, static_cast<int>(work.trials.size()),
                                static_cast<int>(train_sets(work.config).size()), largest_model(work.config));
  for (const TrialWork& trial : work.trials) disk.epochs += trial.epochs;
  return "best: " + to_word(best.mode) +
         (best.mode == SweepMode::kConcurrent ? ", group_size " + std::to_string(best.group_size) : "") +
         "; ask Slurm for --ntasks=" + std::to_string(forecast.ranks) + " --time=" + slurm_time(best.makespan_s) +
         " (predicted × 1.2 + 5 min); disk at most " + bytes_text(static_cast<double>(sweep_disk_bytes(disk)));
}

}  // namespace

SweepWork sweep_work(RunConfig config) {
  resolve_arithmetic(config);
  resolve_init(config);
  resolve_replay(config);
  SweepWork work;
  StepCounter counter;
  std::string failure;
  std::pair<double, int> least;
  for (const PlannedTrial& planned : plan_sweep(sweep_options(config), config.trial.seed, {}).trials) {
    try {
      const TrialWork trial = work_of(planned.id, brief_of(config, planned, counter));
      if (work.trials.empty() || cost_of_timing(trial) < least) {
        least = cost_of_timing(trial);
        work.timed = trial_config(config, planned);
      }
      work.most_microbatches = std::max(work.most_microbatches, trial.microbatches);
      work.trials.push_back(trial);
    } catch (const Error& error) {
      if (failure.empty()) failure = error.what();
    }
  }
  if (work.trials.empty()) throw Error(ErrorKind::kData, "no trial can start: " + failure);
  work.config = std::move(config);
  return work;
}

SweepForecast forecast_sweep(const SweepWork& work, const MachineTiming& timing, int ranks) {
  MachineTiming machine = timing;
  const RuntimeOptions& runtime = work.config.trial.runtime;
  if (runtime.device != Device::kCpu) machine.ranks_per_gpu = runtime.ranks_per_gpu;
  std::vector<ModePrediction> modes = predict_modes(work.trials, machine, ranks);
  if (!work.config.sweep)
    std::erase_if(modes, [](const ModePrediction& mode) { return mode.mode != SweepMode::kSequential; });
  const ModePrediction best = best_mode(modes);
  return {ranks, std::move(modes), best};
}

std::string forecast_text(const SweepWork& work, const MachineTiming& timing, const SweepForecast& forecast) {
  return timing_text(timing) + "\n\n" + std::to_string(work.trials.size()) + " trials from their first step on " +
         std::to_string(forecast.ranks) + (forecast.ranks == 1 ? " rank" : " ranks") +
         (sweep_options(work.config).stop == StoppingRule::kNone ? "" : "; a stopping rule makes it shorter") + "\n" +
         predictions_table(forecast.modes) + "\n\n" + best_text(work, forecast);
}

void write_forecast(const RunFolder& run, const SweepWork& work, const SweepForecast& forecast) {
  std::filesystem::create_directories(run.root());
  const PlanOrigin origin{forecast.ranks, static_cast<int>(work.trials.size()), host_name(),
                          run_numerics(work.config, /*local_rank=*/0), utc_now()};
  write_file_durably(run.plan(), plan_json(origin, forecast.modes));
}

}  // namespace unmask
