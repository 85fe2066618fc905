// The tree-structured Parzen estimator (Bergstra et al., "Algorithms for hyper-parameter optimization", NIPS 2011),
// made deterministic: the points of cohort k are a function of (seed, trial, all results of cohorts before k). Pure.
//
//   std::vector<Observation> history = {{.point = earlier, .objective = 0.91}, …};  // of cohorts before trial 16's
//   const SpacePoint point = tpe_point(options.space, seed, 16, history);
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sweep/plan/sweep_plan.h"

namespace unmask {

/// A finished point that tpe learns from, by the mean over its seeds. No objective (one failed): it counts among the
/// bad ones.
struct Observation {
  SpacePoint point;
  std::optional<double> objective;  // larger is better
};

/// The point of trial `i`. `history`: all points of earlier cohorts in order of id, comparable with each other.
/// With fewer than 4 observations it is random_point(space, seed, i).
SpacePoint tpe_point(const std::vector<SpaceKey>& space, std::uint64_t seed, int i,
                     const std::vector<Observation>& history);

}  // namespace unmask
