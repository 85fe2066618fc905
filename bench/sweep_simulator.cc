// The scheduler on paper: sweeps of many sizes, each in all three modes. Needs no torch, no MPI and no second core.
//   sweep_simulator        prints a table; fails if a rule of the scheduler was broken
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "sweep/plan/simulator.h"

namespace unmask {
namespace {

constexpr double kMicrobatchS = 0.1;
constexpr double kLeaseCostS = 2;

struct Scenario {
  std::string name;
  int ranks = 1;
  std::vector<TrialLoad> trials;
};

TrialLoad load(int trial, int microbatches, std::int64_t steps) {
  return {.trial = trial, .microbatches = microbatches, .steps_left = steps, .microbatch_s = kMicrobatchS};
}

/// The published space: batches of 256 to 1024 in microbatches of 32, 15 to 25 epochs of 2000 to 20,000 frames.
std::vector<TrialLoad> published(int count) {
  std::mt19937 random(1);
  std::vector<TrialLoad> trials;
  for (int i = 0; i < count; ++i) {
    const int microbatches = std::vector{8, 16, 32}[random() % 3];
    const int epochs = std::vector{15, 20, 25}[random() % 3];
    const int frames = std::vector{2000, 5000, 10000, 15000, 20000}[random() % 5];
    const int batch = microbatches * 32;
    trials.push_back(load(i, microbatches, std::int64_t{epochs} * ((frames + batch - 1) / batch)));
  }
  return trials;
}

/// 1 to `most` microbatches, many of them prime: few sizes share them out evenly. 200 to 4200 steps.
std::vector<TrialLoad> uneven(int count, unsigned most) {
  std::mt19937 random(2);
  std::vector<TrialLoad> trials;
  for (int i = 0; i < count; ++i) {
    const int microbatches = 1 + static_cast<int>(random() % most);
    trials.push_back(load(i, microbatches, 200 + static_cast<std::int64_t>(random() % 4000)));
  }
  return trials;
}

/// Half have one microbatch and can't be shared; the others are longer on one rank and can.
std::vector<TrialLoad> half_shared(int count) {
  std::vector<TrialLoad> trials;
  for (int i = 0; i < count; ++i) trials.push_back(i % 2 == 0 ? load(i, 32, 312) : load(i, 1, 4000));
  return trials;
}

bool measure(const Scenario& scenario, SweepMode mode) {
  const SimulatedSweep sweep = {
      .mode = mode, .ranks = scenario.ranks, .trials = scenario.trials, .lease_cost_s = kLeaseCostS};
  const auto start = std::chrono::steady_clock::now();
  const SimulationResult result = simulate(sweep);
  const double took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("| %-20s | %-10s | %6zu | %5d | %10.0f | %7.3f | %5.1f | %6d | %5.2f |\n", scenario.name.c_str(),
              to_word(mode).c_str(), scenario.trials.size(), scenario.ranks, result.makespan_s,
              result.makespan_s / result.bound_s, 100 * result.idle_share, result.leases, took_s);
  for (const std::string& fault : result.faults) std::printf("FAULT %s\n", fault.c_str());
  return result.faults.empty();
}

int run() {
  const std::vector<Scenario> scenarios = {{"published space", 1024, published(10000)},
                                           {"published space", 64, published(140)},
                                           {"published space", 8, published(140)},
                                           {"published space", 1024, published(64)},
                                           {"published space", 4, published(6)},
                                           {"uneven, 1 to 40", 1024, uneven(10000, 40)},
                                           {"uneven, 1 to 40", 1024, uneven(1500, 40)},
                                           {"one microbatch", 1024, uneven(10000, 1)},
                                           {"half can't be shared", 1024, half_shared(1500)},
                                           {"one trial", 1024, {load(0, 32, 12500)}}};
  std::printf("A microbatch takes %.1f s, the start of a lease %.0f s; concurrent: groups of one rank.\n", kMicrobatchS,
              kLeaseCostS);
  std::printf(
      "| trials of            | mode       | trials | ranks | makespan s | / bound | idle%% | leases | took s |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  bool is_sound = true;
  for (const Scenario& scenario : scenarios) {
    for (const auto& mode : words_of(SweepMode{})) is_sound &= measure(scenario, mode.value);
  }
  return is_sound ? 0 : 1;
}

}  // namespace
}  // namespace unmask

int main() { return unmask::run(); }
