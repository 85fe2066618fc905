#include "sweep/plan/makespan_plan.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <sstream>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/table_text.h"
#include "sweep/plan/simulator.h"

namespace unmask {
namespace {

int ceil_div(int a, int b) { return (a + b - 1) / b; }

template <typename Number>
bool read_number(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end && number > 0;
}

/// The group size that most trials get.
int usual_size(SweepMode mode, int group_size, const TrialWork& work, int trials, int ranks) {
  if (mode == SweepMode::kSequential) return useful_group_size(work.microbatches, ranks);
  if (mode == SweepMode::kConcurrent) return useful_group_size(work.microbatches, std::min(group_size, ranks));
  return useful_group_size(work.microbatches, std::max(1, ranks / trials));
}

ModePrediction predict(const std::vector<TrialWork>& work, const MachineTiming& timing, int ranks, SweepMode mode,
                       int group_size) {
  ModePrediction prediction{mode, group_size, 0, 0, 0, false};
  SimulatedSweep sweep;
  sweep.mode = mode;
  sweep.group_size = group_size;
  sweep.ranks = ranks;
  sweep.lease_cost_s = timing.lease_cost_s;
  const int gpus = ceil_div(ranks, timing.ranks_per_gpu);
  for (int rank = 0; gpus < ranks && rank < ranks; ++rank) sweep.gpu_of.push_back(rank % gpus);
  for (const TrialWork& trial : work) {
    const int usual = usual_size(mode, group_size, trial, static_cast<int>(work.size()), ranks);
    const int size = useful_group_size(trial.microbatches, std::min(usual, gpus));
    const StepEstimate step = estimate_step(timing.steps, size, trial.microbatches, trial.images);
    prediction.extrapolated |= step.extrapolated;
    const int slots = ceil_div(trial.microbatches, size);
    double scored_image_s = timing.scored_image_s;
    if (scored_image_s < 0) {
      const double images = trial.images > 0 ? trial.images : 32.0 * trial.microbatches;
      scored_image_s = step.step_s / (3 * images * slots / trial.microbatches);
    }
    const auto steps = static_cast<double>(trial.steps_per_epoch);
    const double epoch_s = steps * step.step_s + trial.scored_images * scored_image_s / size + timing.epoch_end_s;
    TrialLoad load;
    load.trial = trial.trial;
    load.microbatches = trial.microbatches;
    load.steps_left = trial.steps_per_epoch * trial.epochs;
    load.microbatch_s = epoch_s / (steps * slots);
    sweep.trials.push_back(load);
  }
  const SimulationResult result = simulate(sweep);
  prediction.makespan_s = result.makespan_s;
  prediction.idle_share = result.idle_share;
  prediction.leases = result.leases;
  return prediction;
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  char text[48];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld", static_cast<long long>(whole / 3600),
                static_cast<long long>(whole / 60 % 60), static_cast<long long>(whole % 60));
  return text;
}

}  // namespace

std::vector<StepTiming> timings_from_csv(const std::string& text, const std::string& where) {
  const auto fault = [&](int line, const std::string& what) {
    return Error(ErrorKind::kUsage, where + ", line " + std::to_string(line) + ": " + what +
                                        "; wanted the header ranks,microbatches,step_s and lines such as 2,8,0.75");
  };
  std::istringstream in(text);
  std::string line;
  if (!std::getline(in, line)) throw fault(1, "nothing is there");
  if (line.ends_with('\r')) line.pop_back();
  if (line != "ranks,microbatches,step_s" && line != "ranks,microbatches,step_s,images")
    throw fault(1, "the header is \"" + line.substr(0, 80) + "\"");
  const std::size_t columns = split_csv(line).size();
  std::vector<StepTiming> timings;
  for (int number = 2; std::getline(in, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const auto cells = split_csv(line);
    StepTiming timing;
    const bool good = cells.size() == columns && read_number(cells[0], timing.ranks) &&
                      read_number(cells[1], timing.microbatches) && read_number(cells[2], timing.step_s) &&
                      std::isfinite(timing.step_s) && (columns == 3 || read_number(cells[3], timing.images));
    if (!good) throw fault(number, "\"" + line.substr(0, 80) + "\" is no timing");
    timings.push_back(timing);
  }
  if (timings.empty()) throw fault(2, "no timing is there");
  return timings;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<StepTiming> medians(const std::vector<StepTiming>& timings) {
  std::map<std::tuple<int, int, double>, std::vector<double>> alike;
  for (const StepTiming& timing : timings)
    alike[{timing.ranks, timing.microbatches, timing.images}].push_back(timing.step_s);
  std::vector<StepTiming> merged;
  for (const auto& [kind, seconds] : alike)
    merged.push_back({std::get<0>(kind), std::get<1>(kind), median(seconds), std::get<2>(kind)});
  return merged;
}

StepEstimate estimate_step(const std::vector<StepTiming>& timings, int ranks, int microbatches, double images) {
  const auto distance = [&](const StepTiming& timing) {
    return std::make_tuple(std::abs(std::log(static_cast<double>(timing.ranks) / ranks)),
                           std::abs(std::log(static_cast<double>(timing.microbatches) / microbatches)),
                           images > 0 && timing.images > 0 ? std::abs(std::log(timing.images / images)) : 0.0);
  };
  const StepTiming& nearest =
      *std::min_element(timings.begin(), timings.end(),
                        [&](const StepTiming& a, const StepTiming& b) { return distance(a) < distance(b); });
  double scale = static_cast<double>(ceil_div(microbatches, ranks)) / ceil_div(nearest.microbatches, nearest.ranks);
  if (images > 0 && nearest.images > 0) scale *= images / microbatches / (nearest.images / nearest.microbatches);
  return {nearest.step_s * scale, nearest.ranks != ranks};
}

std::vector<int> useful_sizes(int most_microbatches, int ranks) {
  std::vector<int> sizes;
  for (int size = 1; size < ranks; size *= 2) sizes.push_back(useful_group_size(most_microbatches, size));
  sizes.push_back(useful_group_size(most_microbatches, ranks));
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

std::vector<ModePrediction> predict_modes(const std::vector<TrialWork>& work, const MachineTiming& timing, int ranks) {
  int most_microbatches = 1;
  for (const TrialWork& trial : work) most_microbatches = std::max(most_microbatches, trial.microbatches);
  MachineTiming merged = timing;
  merged.steps = medians(timing.steps);
  std::vector<ModePrediction> predictions = {predict(work, merged, ranks, SweepMode::kElastic, 1),
                                             predict(work, merged, ranks, SweepMode::kSequential, 1)};
  for (const int size : useful_sizes(most_microbatches, ranks))
    predictions.push_back(predict(work, merged, ranks, SweepMode::kConcurrent, size));
  return predictions;
}

const ModePrediction& best_mode(const std::vector<ModePrediction>& predictions) {
  return *std::min_element(
      predictions.begin(), predictions.end(),
      [](const ModePrediction& a, const ModePrediction& b) { return a.makespan_s < b.makespan_s * (1 - 1e-9); });
}

std::string slurm_time(double predicted_s) { return clock_text(std::ceil((predicted_s * 1.2 + 300) / 60) * 60); }

std::string predictions_table(const std::vector<ModePrediction>& predictions) {
  TextTable table({"mode", "group size", "takes", "ranks idle %", "leases", "steps"});
  for (const ModePrediction& prediction : predictions) {
    char idle[32];
    std::snprintf(idle, sizeof idle, "%.1f", 100 * prediction.idle_share);
    table.add({to_word(prediction.mode),
               prediction.mode == SweepMode::kConcurrent ? std::to_string(prediction.group_size) : "-",
               clock_text(prediction.makespan_s), idle, std::to_string(prediction.leases),
               prediction.extrapolated ? "extrapolated" : "timed"});
  }
  return table.text();
}

std::string plan_json(const PlanOrigin& origin, const std::vector<ModePrediction>& predictions) {
  nlohmann::ordered_json json = {
      {"machine", {{"host", origin.host}, {"ranks", origin.ranks}, {"numerics", origin.numerics}}},
      {"made", origin.made},
      {"trials", origin.trials}};
  for (const ModePrediction& prediction : predictions) {
    json["predictions"].push_back({{"mode", to_word(prediction.mode)},
                                   {"group_size", prediction.group_size},
                                   {"takes_s", prediction.makespan_s},
                                   {"idle_share", prediction.idle_share},
                                   {"extrapolated", prediction.extrapolated}});
  }
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

double predicted_s(const std::string& plan_json, SweepMode mode, int group_size, int ranks) {
  try {
    const auto json = nlohmann::json::parse(plan_json);
    if (json.at("machine").at("ranks").get<int>() != ranks) return -1;
    for (const auto& prediction : json.at("predictions")) {
      if (prediction.at("mode").get<std::string>() != to_word(mode)) continue;
      if (mode == SweepMode::kConcurrent && prediction.at("group_size").get<int>() != group_size) continue;
      return prediction.at("takes_s").get<double>();
    }
  } catch (const nlohmann::json::exception&) {
    // No part of a run's state: a damaged plan is no plan.
  }
  return -1;
}

}  // namespace unmask
