// Videos → faces → crop stores. Steps, so that any number of ranks gives the same bytes: rank zero lists, all look into
// their share of the videos and make the same plan; each works on its units and writes a part file for each; the parts
// are joined in the order of their rows.
//
//   const PreparePlan plan = plan_prepare(options);  // in one process; data/prepare/prepare_listing.h
//   prepare_units(plan, rank, world, {});            // every rank
//   if (rank == 0) join_prepared(plan);              // after all ranks have come so far; data/prepare/prepare_join.h
//
// The layouts that are understood: docs/dataset_layouts.md; the files written: docs/formats.md.
#pragma once

#include <functional>

#include "data/prepare/prepare_plan.h"

namespace unmask {

/// Told of the work while it goes on; either may be empty, and may throw to stop it.
struct PrepareHooks {
  std::function<void()> frame;            // one more is done
  std::function<void(std::size_t)> unit;  // this unit's part is there
};

/// Works on the units of `rank`. A unit whose finished part is there already is left as it is. Only one process may
/// work on a unit. THROWS Error(kFailed) on a full disk: finished parts stay, the same call goes on.
void prepare_units(const PreparePlan& plan, int rank, int world, const PrepareHooks& hooks);

}  // namespace unmask
