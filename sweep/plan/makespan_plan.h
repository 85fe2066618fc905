// From the times of a few steps to what a sweep would take in each mode. Pure.
//
//   const std::vector<ModePrediction> predictions = predict_modes(work, timing, ranks);
//   std::cout << predictions_table(predictions) << "--time=" << slurm_time(best_mode(predictions).makespan_s);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sweep/plan/sweep_options.h"

namespace unmask {

/// What a step of `microbatches` took on a group of `ranks`.
struct StepTiming {
  int ranks = 1, microbatches = 1;
  double step_s = 0;
  double images = 0;  // of the step; 0 = not known
};

/// What is known of a machine.
struct MachineTiming {
  std::vector<StepTiming> steps;
  double scored_image_s = -1;  // to score an image on one rank; negative: not known, a third of its share of a step
  double epoch_end_s = 0;      // beside scoring: writing the best weights
  double lease_cost_s = 2;     // from the start of a lease to its first step
  int ranks_per_gpu = 1;       // that share one
};

/// What a trial has to do.
struct TrialWork {
  int trial = 0;
  int microbatches = 1;  // of a full step
  double images = 0;     // of a full step; 0 = not known
  std::int64_t steps_per_epoch = 1;
  int epochs = 1;
  double scored_images = 0;  // after every epoch
};

/// Lines "ranks,microbatches,step_s" below that header; a fourth column `images` may follow. THROWS Error(kUsage).
std::vector<StepTiming> timings_from_csv(const std::string& text, const std::string& where);
/// The middle value, the upper one of two; 0 of none.
double median(std::vector<double> values);
/// Timings of equal ranks, microbatches and images as one, their median.
std::vector<StepTiming> medians(const std::vector<StepTiming>& timings);

struct StepEstimate {
  double step_s = 0;
  bool extrapolated = false;  // this number of ranks was not timed
};
/// From the timing that is nearest in ranks, then in microbatches: scaled by the most microbatches on one rank, and by
/// the images of a microbatch. REQUIRES: timings is not empty.
StepEstimate estimate_step(const std::vector<StepTiming>& timings, int ranks, int microbatches, double images);

/// 1, 2, 4, … and `ranks`, as far as a step of `most_microbatches` gets shorter; ascending.
std::vector<int> useful_sizes(int most_microbatches, int ranks);

struct ModePrediction {
  SweepMode mode = SweepMode::kElastic;
  int group_size = 1;  // of concurrent
  double makespan_s = 0, idle_share = 0;
  int leases = 0;
  bool extrapolated = false;
};

/// Every mode by simulate(). The end of an epoch is spread over its microbatches; steps are taken at the group size
/// that the mode gives most trials. REQUIRES: work and timings are not empty.
std::vector<ModePrediction> predict_modes(const std::vector<TrialWork>& work, const MachineTiming& timing, int ranks);
/// The shortest; of equal ones the first. REQUIRES: not empty.
const ModePrediction& best_mode(const std::vector<ModePrediction>& predictions);

/// What to ask Slurm for: predicted × 1.2 + 5 minutes, in whole minutes, "01:07:00".
std::string slurm_time(double predicted_s);
std::string predictions_table(const std::vector<ModePrediction>& predictions);

/// Where and for what a plan was made.
struct PlanOrigin {
  int ranks = 1, trials = 1;
  std::string host, numerics, made;
};
/// RUN/plan.json
std::string plan_json(const PlanOrigin& origin, const std::vector<ModePrediction>& predictions);
/// The prediction of a mode on `ranks` from that text; negative if it holds none.
double predicted_s(const std::string& plan_json, SweepMode mode, int group_size, int ranks);

}  // namespace unmask
