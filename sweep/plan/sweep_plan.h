// Which trials a sweep has: from its options to numbered points of the space. Pure.
//
//   const SweepPlan plan = plan_sweep(options, seed, known);  // known: what the ledger has
//   if (!plan.refusal.empty()) throw Error(ErrorKind::kUsage, plan.refusal.front());
//   for (const PlannedTrial& trial : plan.trials) std::cout << trial.id << ": " << point_text(trial.point);
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sweep/plan/sweep_options.h"

namespace unmask {

/// A point of the space: the keys that it sets, in the order of the space, each with its TOML value. A key whose
/// condition does not hold is absent.
using SpacePoint = std::vector<std::pair<std::string, std::string>>;
/// "optimizer.max_lr = 1e-4; model.head = \"linear\"": one text per point, for the ledger and for comparing.
std::string point_text(const SpacePoint& point);

/// One trial as it is known before it runs.
struct PlannedTrial {
  int id = 0;           // never changes
  int point_index = 0;  // i of the random draw, or place in the grid as it was when the trial was made
  int repeat = 0;       // its seed is the config's seed + repeat
  int cohort = 0;       // id / cohort size
  bool drawn = true;    // false: tpe_point() has yet to draw the point, because an earlier cohort is not done
  SpacePoint point;
  bool operator==(const PlannedTrial&) const = default;
};

/// The pairs of `values` (all keys of the space) whose conditions hold, in the order of the space.
SpacePoint active_keys(const std::vector<SpaceKey>& space, const SpacePoint& values);

/// Point i of a random space: a function of (seed, i) alone. Each key has a stream of its own (docs/formats.md), so a
/// key's draws depend neither on the other keys nor on their order.
SpacePoint random_point(const std::vector<SpaceKey>& space, std::uint64_t seed, int i);
/// All points of a grid, the last key fastest; points that conditions make equal appear once.
/// REQUIRES: every key has choices.
std::vector<SpacePoint> grid_points(const std::vector<SpaceKey>& space);

struct SweepPlan {
  std::vector<PlannedTrial> trials;  // in order of id: the known ones as they are, and the new ones
  int added = 0;                     // new since `known`
  std::vector<std::string>
      refusal;  // why `known` can't be grown into these options, one line per difference; empty = fine
};

/// The trials of `options`, given those that the ledger already knows (in order of id; empty for a new sweep).
/// Known trials keep ids and points; what is missing is appended in the order (point, repeat). Fewer trials, fewer
/// repeats, or a removed value of a grid is refused. Gaps in the known ids (a ledger made anew) are filled.
/// With a stopping rule or tpe, growth begins at a multiple of the cohort.
/// REQUIRES: `known` is all that an earlier plan made (write a plan in one transaction), and options are valid.
SweepPlan plan_sweep(const SweepOptions& options, std::uint64_t seed, const std::vector<PlannedTrial>& known);

/// Every count-th trial of a sweep, from `index` on.
struct Slice {
  int index = 0, count = 1;
  bool holds(int id) const { return id % count == index; }
};
/// Why a sweep can't be cut into slices; "" = it can. Stopping rules and tpe look at trials of other slices.
std::string slice_fault(const SweepOptions& options);
/// The first id at which two plans have different trials, in words; "" where one plan is the beginning of the other, so
/// that slices of both fit together.
std::string numbering_fault(const std::vector<PlannedTrial>& run, const std::vector<PlannedTrial>& config);
/// The trials of one slice, with the ids that a new sweep of all trials has. `known` may have gaps. It grows where the
/// trials that are there keep their ids (more trials; more values of a grid's first key),
/// else `refusal` says which doesn't.
/// REQUIRES: slice_fault() is empty.
SweepPlan plan_slice(const SweepOptions& options, std::uint64_t seed, const std::vector<PlannedTrial>& known,
                     const Slice& slice);

/// `sampler`, with kAuto resolved.
Sampler resolved_sampler(const SweepOptions& options);

}  // namespace unmask
