#include "data/prepare/prepare_listing.h"

#include <sys/stat.h>

#include <system_error>
#include <utility>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "data/layouts/published_layout.h"
#include "data/prepare/preprocessing.h"
#include "data/printable.h"
#include "data/store/crop_store.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr Split kSplits[] = {Split::kTrain, Split::kVal, Split::kCalibration, Split::kTest};

/// A frame's part of the plan's digest. Size and time stand for the file's content.
std::string source_text(const FrameSource& source, const FrameInfo& frame) {
  struct stat info {};
  const bool there = lstat(source.file.c_str(), &info) == 0;
  if (there && S_ISLNK(info.st_mode) && stat(source.file.c_str(), &info) != 0) info = {};
  const std::string in_video = source.media == Media::kVideo ? " frame " + std::to_string(source.frame) : "";
  return std::to_string(frame.label) + " " + std::to_string(info.st_mode & S_IFMT) + " " +
         std::to_string(info.st_size) + " " + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec) + in_video + " " + source.file.filename().native() + '\0';
}

/// Of all that decides a part's bytes.
std::string plan_digest(const PrepareOptions& options, const std::string& model_digest, const PrepareStore& store) {
  Digest128Stream digest;
  digest.update(preprocessing_json(options, model_digest) + "\n" + std::to_string(options.unit_frames) + "\n" +
                store_name(store) + "\n");
  for (std::size_t row = 0; row < store.sources.size(); ++row) {
    digest.update(source_text(store.sources[row], store.frames[row]));
  }
  return to_hex(digest.digest());
}

bool is_done(const PreparePlan& plan, const PrepareStore& store) {
  const fs::path made = store_file(plan, store), mark = plan_file(plan, store);
  std::error_code ignored;
  if (!fs::is_regular_file(made, ignored) || !fs::is_regular_file(mark, ignored)) return false;
  try {
    return read_text_file(mark, 1000) == store.digest + "\n" && CropStore(made).size() == store.sources.size();
  } catch (const Error&) {
    return false;  // damaged: made anew
  }
}

std::vector<std::string> dataset_names(const PrepareOptions& options) {
  if (!options.names.empty()) return options.names;
  std::vector<std::string> names = find_datasets(options.datasets);
  if (names.empty()) {
    throw Error(ErrorKind::kData, printable(options.datasets) +
                                      ": no dataset in this folder: wanted folders <name>_deepfake that hold "
                                      "real/frames and fake/frames (docs/dataset_layouts.md)");
  }
  return names;
}

void add_stores(PreparePlan& plan, const std::string& dataset, const std::string& model_digest) {
  const std::size_t before = plan.stores.size();
  for (const Split split : kSplits) {
    std::vector<FrameEntry> entries = list_frames(plan.options.datasets, dataset, split);
    if (entries.empty()) continue;
    PrepareStore store{dataset, split, {}, {}, {}, false};
    for (FrameEntry& entry : entries) {
      entry.info.detector = to_word(plan.options.detector);
      store.sources.push_back(std::move(entry.source));
      store.frames.push_back(std::move(entry.info));
    }
    store.digest = plan_digest(plan.options, model_digest, store);
    plan.stores.push_back(std::move(store));
  }
  if (plan.stores.size() > before) return;
  const fs::path folder = fs::path(plan.options.datasets) / (dataset + "_deepfake");
  throw Error(ErrorKind::kData, printable(folder.native()) +
                                    ": no frames: wanted real/frames and fake/frames in it, or in its folders val, "
                                    "calibration, test (docs/dataset_layouts.md)");
}

}  // namespace

PreparePlan plan_prepare(const PrepareOptions& options) {
  PreparePlan plan{options, {}, {}};
  const std::string model_digest =
      options.detector == DetectorKind::kYuNet ? to_hex(digest128(MappedFile(options.detector_model).bytes())) : "";
  for (const std::string& dataset : dataset_names(options)) add_stores(plan, dataset, model_digest);
  for (std::size_t i = 0; i < plan.stores.size(); ++i) {
    PrepareStore& store = plan.stores[i];
    store.done = is_done(plan, store);
    if (store.done) continue;
    const std::vector<PrepareUnit> units = plan_units(i, store.frames, options.unit_frames);
    plan.units.insert(plan.units.end(), units.begin(), units.end());
  }
  return plan;
}

}  // namespace unmask
