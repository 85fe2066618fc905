// Frames → faces → crop stores. Three steps, so that any number of ranks gives the same bytes: every rank makes the
// same plan, works on its units and writes a part file for each; rank zero joins the parts in the order of their rows.
//
//   const PreparePlan plan = plan_prepare(options);  // every rank; data/prepare/prepare_listing.h
//   prepare_units(plan, rank, world, {});            // every rank
//   if (rank == 0) join_prepared(plan);              // after all ranks have come so far
//
// The layouts that are understood: docs/dataset_layouts.md; the files written: docs/formats.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "data/prepare/prepare_plan.h"

namespace unmask {

/// Frames by status, and the bad ones by name.
struct PrepareCounts {
  std::map<std::string, std::int64_t> by_status;
  std::vector<std::string> bad;  // "datasets/…/x_001.png: truncated"
};

/// Works on the units of `rank`, video by video; `done(unit)` after each. A unit whose finished part is there
/// already is left as it is. Only one process may work on a unit. THROWS Error(kFailed) on a full disk: finished parts
/// stay, the same call goes on.
void prepare_units(const PreparePlan& plan, int rank, int world, const std::function<void(std::size_t)>& done);

/// Joins all parts into the stores and removes them. On one rank, after all have finished. Returns the counts of all
/// stores, those that were there before too, by "<dataset>/<split>". THROWS Error(kData) where a part is missing.
std::map<std::string, PrepareCounts> join_prepared(const PreparePlan& plan);

}  // namespace unmask
