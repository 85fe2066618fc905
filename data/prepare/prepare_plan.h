// What `unmask prepare` has to do, as plain values: stores, and units of work that the ranks share. All frames of a
// video are in one unit, so that whoever works on it sees the video in order.
//
//   const PreparePlan plan = plan_prepare(options);  // data/prepare/prepare_listing.h
//   for (const std::size_t unit : units_of_rank(plan.units.size(), rank, world))
//     for (const std::vector<std::size_t>& video : videos_of(plan, plan.units[unit])) …  // rows, in the video's order
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "data/frame_source.h"
#include "data/prepare/prepare_options.h"
#include "data/sample.h"

namespace unmask {

/// One store to be made: the frames of a dataset's split, a row each.
struct PrepareStore {
  std::string dataset;
  Split split = Split::kTrain;
  std::vector<FrameSource> sources;  // [rows]
  std::vector<FrameInfo> frames;     // [rows]: what the names say; box and status come from the work
  std::string digest;                // of options and files (names, sizes, times): parts of another plan don't fit
  bool done = false;                 // the store of this very plan is there already: it has no units
};

/// Rows [first, first + count) of a store: whole videos.
struct PrepareUnit {
  std::size_t store = 0;  // index into PreparePlan::stores
  std::size_t first = 0, count = 0;
  bool operator==(const PrepareUnit&) const = default;
};

struct PreparePlan {
  PrepareOptions options;
  std::vector<PrepareStore> stores;
  std::vector<PrepareUnit> units;  // in the order of their rows
};

/// Cuts the rows of store number `store` into units of whole videos, each as short as it can be with `unit_frames` rows
/// or more; the last may have fewer. Rows of other videos between those of one come into its unit.
std::vector<PrepareUnit> plan_units(std::size_t store, std::span<const FrameInfo> frames, int unit_frames);

/// The rows of each video of a unit, in the order of their numbers in the video; videos by their first row.
std::vector<std::vector<std::size_t>> videos_of(const PreparePlan& plan, const PrepareUnit& unit);

/// Indices of the units that `rank` of `world` works on: every world-th.
std::vector<std::size_t> units_of_rank(std::size_t units, int rank, int world);

/// "<dataset>/<split>"
std::string store_name(const PrepareStore& store);
/// Where the finished store goes.
std::filesystem::path store_file(const PreparePlan& plan, const PrepareStore& store);
/// Beside the finished store: the digest of the plan that it comes from.
std::filesystem::path plan_file(const PreparePlan& plan, const PrepareStore& store);
/// Finished parts of any plan of this store; within it a folder for each plan.
std::filesystem::path parts_folder(const PreparePlan& plan, const PrepareStore& store);
std::filesystem::path part_file(const PreparePlan& plan, const PrepareUnit& unit);

}  // namespace unmask
