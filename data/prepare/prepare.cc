#include "data/prepare/prepare.h"

#include <filesystem>
#include <optional>
#include <system_error>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "data/prepare/clip_preparer.h"
#include "data/prepare/prepare_advice.h"
#include "data/prepare/prepare_problems.h"
#include "data/prepare/preprocessing.h"
#include "data/store/crop_store_writer.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// The finished part of this very plan, if it is there and whole.
std::optional<CropStore> finished_part(const PreparePlan& plan, const PrepareUnit& unit) {
  std::error_code ignored;
  const fs::path path = part_file(plan, unit);
  if (!fs::exists(path, ignored)) return std::nullopt;
  try {
    CropStore part(path);
    for (std::size_t row = 0; row < part.size(); ++row) {
      if (part.has_crop(row)) part.stored_record(row);  // checks its digest
    }
    return part;
  } catch (const Error&) {
    return std::nullopt;  // damaged: it is made anew
  }
}

void make_part(const PreparePlan& plan, const PrepareUnit& unit, ClipPreparer& preparer, const PrepareHooks& hooks) {
  const PrepareOptions& options = plan.listing.options;
  const fs::path path = part_file(plan, unit);
  fs::create_directories(path.parent_path());
  CropStoreWriter part(
      path, options.crop_px, options.encoding,
      preprocessing_of(plan.listing, plan.listing.datasets[unit.dataset], preparer.detector_version()));
  PrepareProblems problems;
  for (const PrepareClip& clip : unit.clips) {
    const auto each = [&] {
      if (hooks.frame) hooks.frame();
    };
    const SourceFacts& facts = plan.facts[clip.sources.front()];
    if (!facts.problem.empty()) problems.add(frame_of(plan, clip, 0).source, facts.status, facts.problem);
    for (const PreparedRow& row : preparer.prepare(plan, clip, each)) {
      part.append(row.info, row.crop);
      if (!row.problem.empty()) problems.add(row.info.source, row.info.status, row.problem);
    }
  }
  write_problems(problems_of_part(path), problems);  // first: with the part, the unit is finished
  part.finish();
}

}  // namespace

void prepare_units(const PreparePlan& plan, int rank, int world, const PrepareHooks& hooks) {
  cv::setNumThreads(1);  // the ranks are the parallelism
  std::optional<ClipPreparer> preparer;
  for (const std::size_t index : units_of_rank(plan, rank, world)) {
    const PrepareUnit& unit = plan.units[index];
    if (!finished_part(plan, unit)) {
      if (!preparer) preparer.emplace(plan.listing.options);
      with_advice(plan, [&] { make_part(plan, unit, *preparer, hooks); });
    }
    if (hooks.unit) hooks.unit(index);
  }
}

}  // namespace unmask
