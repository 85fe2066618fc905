// Frames and videos → faces → crop stores. Three steps, so that any number of ranks gives the same bytes:
// every rank makes the same plan; each works on its units and writes a part file per unit;
// rank zero joins parts in list order.
// The layouts that are understood: docs/dataset_layouts.md; the files written: docs/formats.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "data/prepare/prepare_options.h"
#include "data/sample.h"

namespace unmask {

struct PrepareUnit {
  std::size_t store = 0;             // index into PreparePlan::stores
  std::size_t first = 0, count = 0;  // frames of that store's list
};
/// One store to be made: the frames of a dataset's split.
struct PrepareStore {
  std::string dataset;
  Split split = Split::kTrain;
  std::vector<std::filesystem::path>
      files;                      // in list order: sorted by (label, name) bytes, never by the file system's order
  std::vector<FrameInfo> frames;  // what the path says; box and status are filled by the work
  std::string digest;             // of options and files (names, sizes, times): parts of another plan don't fit
  bool done = false;              // the store of this very plan is there already: it has no units
};
struct PreparePlan {
  PrepareOptions options;
  std::vector<PrepareStore> stores;
  std::vector<PrepareUnit> units;
};

/// Frames by status, and the bad ones by name.
struct PrepareCounts {
  std::map<std::string, std::int64_t> by_status;
  std::vector<std::string> bad;  // "datasets/…/x_001.png: truncated"
};

/// Scans the datasets. A store that this plan has made before is left as it is. THROWS Error(kData) where a folder that
/// was asked for is missing or empty.
PreparePlan plan_prepare(const PrepareOptions& options);
/// Works on units rank, rank + world, …; `done(unit)` after each.
/// Skips units whose finished part of the same plan is there.
/// Only one process may work on a unit. THROWS Error(kFailed) on a full disk:
/// finished parts stay, the same call goes on.
PrepareCounts prepare_units(const PreparePlan& plan, int rank, int world, const std::function<void(std::size_t)>& done);
/// Joins all parts into the stores and removes them. On one rank, after all have finished. Returns the counts of all
/// stores, those that were there before too, by "<dataset>/<split>".
std::map<std::string, PrepareCounts> join_prepared(const PreparePlan& plan);

}  // namespace unmask
