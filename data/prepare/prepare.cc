#include "data/prepare/prepare.h"

#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "data/faces/face_cropper.h"
#include "data/faces/face_detector.h"
#include "data/frames/frame_reader.h"
#include "data/layouts/frame_list.h"
#include "data/store/crop_store.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr Split kSplits[] = {Split::kTrain, Split::kVal, Split::kCalibration, Split::kTest};

FaceDetectorOptions detector_options(const PrepareOptions& options) {
  return {options.detector, options.detector_model, options.upsample, options.detect_short_side_px};
}

/// How crops are made, for the store and later for prediction. No date, host or path.
std::string preprocessing_json(const PrepareOptions& options, const std::string& detector_version) {
  nlohmann::json json = {{"format", 1},
                         {"detector", to_word(options.detector)},
                         {"detector_version", detector_version},
                         {"detect_short_side_px", options.detect_short_side_px},
                         {"face", "highest score"},
                         {"box_scale", options.box_scale},
                         {"crop_px", options.crop_px},
                         {"resize", "area when shrinking, else bilinear"},
                         {"encoding", to_word(options.encoding)},
                         {"max_pixels", options.max_pixels}};
  if (options.detector == DetectorKind::kDlibHog) json["upsample"] = options.upsample;
  return json.dump();
}

std::string store_name(const PrepareStore& store) { return store.dataset + "/" + to_word(store.split); }
fs::path store_path(const PreparePlan& plan, const PrepareStore& store) {
  return fs::path(plan.options.stores) / store.dataset / (to_word(store.split) + ".crops");
}
/// Says which plan the finished store beside it comes from.
fs::path plan_file(const fs::path& store) { return fs::path(store) += ".plan"; }
/// Parts of all plans of a split; within it one folder a plan.
fs::path parts_folder(const PreparePlan& plan, const PrepareStore& store) {
  return fs::path(plan.options.stores) / store.dataset / (to_word(store.split) + ".parts");
}
fs::path part_path(const PreparePlan& plan, const PrepareUnit& unit) {
  const PrepareStore& store = plan.stores[unit.store];
  const std::string number = std::to_string(unit.first / static_cast<std::size_t>(plan.options.unit_frames));
  return parts_folder(plan, store) / store.digest / ("unit-" + number + ".crops");
}

/// Of all that decides a part's bytes. Sizes and times stand for the files' content.
std::string plan_digest(const PrepareOptions& options, const std::string& model_digest, const PrepareStore& store) {
  Digest128Stream digest;
  digest.update(preprocessing_json(options, model_digest) + "\n" + std::to_string(options.unit_frames) + "\n" +
                store_name(store) + "\n");
  for (std::size_t i = 0; i < store.files.size(); ++i) {
    struct stat info {};
    const bool there = lstat(store.files[i].c_str(), &info) == 0;
    if (there && S_ISLNK(info.st_mode) && stat(store.files[i].c_str(), &info) != 0) info = {};
    digest.update(std::to_string(store.frames[i].label) + " " + std::to_string(info.st_mode & S_IFMT) + " " +
                  std::to_string(info.st_size) + " " + std::to_string(info.st_mtim.tv_sec) + "." +
                  std::to_string(info.st_mtim.tv_nsec) + " " + store.files[i].filename().native() + '\0');
  }
  return to_hex(digest.digest());
}

bool is_done(const PreparePlan& plan, const PrepareStore& store) {
  const fs::path path = store_path(plan, store);
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored) || !fs::is_regular_file(plan_file(path), ignored)) return false;
  try {
    return read_text_file(plan_file(path), 1000) == store.digest + "\n" && CropStore(path).size() == store.files.size();
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
      store.files.push_back(std::move(entry.file));
      store.frames.push_back(std::move(entry.info));
    }
    store.digest = plan_digest(plan.options, model_digest, store);
    plan.stores.push_back(std::move(store));
  }
  if (plan.stores.size() == before) {
    const fs::path folder = fs::path(plan.options.datasets) / (dataset + "_deepfake");
    throw Error(ErrorKind::kData, printable(folder.native()) +
                                      ": no frames: wanted real/frames and fake/frames in it, or in its folders val, "
                                      "calibration, test (docs/dataset_layouts.md)");
  }
}

void add_units(PreparePlan& plan) {
  const auto unit_frames = static_cast<std::size_t>(plan.options.unit_frames);
  for (std::size_t i = 0; i < plan.stores.size(); ++i) {
    PrepareStore& store = plan.stores[i];
    store.done = is_done(plan, store);
    for (std::size_t first = 0; !store.done && first < store.files.size(); first += unit_frames) {
      plan.units.push_back({i, first, std::min(unit_frames, store.files.size() - first)});
    }
  }
}

/// Counts rows of a finished store or part; row 0 is frame `first` of the list.
void count_rows(const CropStore& rows, const PrepareStore& store, std::size_t first, PrepareCounts& counts) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const FrameStatus status = rows.frame(row).status;
    ++counts.by_status[to_word(status)];
    if (status == FrameStatus::kOk || status == FrameStatus::kNoFace) continue;
    counts.bad.push_back(printable(store.files[first + row].native()) + ": " + to_word(status));
  }
}

/// The finished part of this very plan, if it is there and whole.
std::optional<CropStore> finished_part(const PreparePlan& plan, const PrepareUnit& unit) {
  std::error_code ignored;
  const fs::path path = part_path(plan, unit);
  if (!fs::exists(path, ignored)) return std::nullopt;
  try {
    CropStore part(path);
    for (std::size_t row = 0; row < part.size(); ++row) {
      if (part.has_crop(row)) part.stored_record(row);  // checks its digest
    }
    if (part.size() == unit.count) return part;
  } catch (const Error&) {
    // Damaged: it is made anew.
  }
  return std::nullopt;
}

void make_part(const PreparePlan& plan, const PrepareUnit& unit, FaceDetector& detector, PrepareCounts& counts) {
  const PrepareStore& store = plan.stores[unit.store];
  const fs::path path = part_path(plan, unit);
  fs::create_directories(path.parent_path());
  CropStoreWriter part(path, plan.options.crop_px, plan.options.encoding,
                       preprocessing_json(plan.options, detector.version()));
  const FrameLimits limits{plan.options.max_pixels, FrameLimits{}.max_file_bytes};
  for (std::size_t i = unit.first; i < unit.first + unit.count; ++i) {
    FrameInfo info = store.frames[i];
    const ReadFrame frame = read_frame(store.files[i], limits);
    info.status = frame.status;
    std::vector<std::uint8_t> crop;
    if (frame.status == FrameStatus::kOk) {
      const std::vector<DetectedFace> faces = detector.detect(frame.image);
      if (!faces.empty()) {
        info.box = square_box(faces.front(), frame.image.width, frame.image.height, plan.options.box_scale);
      }
      if (info.box.width > 0) {
        crop = crop_face(frame.image, info.box, plan.options.crop_px);
      } else {
        info.status = FrameStatus::kNoFace;
      }
    } else {
      counts.bad.push_back(printable(store.files[i].native()) + ": " + to_word(frame.status) + ": " +
                           printable(frame.problem));
    }
    ++counts.by_status[to_word(info.status)];
    part.append(info, crop);
  }
  part.finish();
}

[[noreturn]] void throw_with_advice(const std::exception& error, const PreparePlan& plan) {
  throw Error(ErrorKind::kFailed,
              std::string(error.what()) + ". What is finished is kept in " + printable(plan.options.stores) +
                  ": cure the cause (a full disk: free some space) and give the same command again");
}

void join_store(const PreparePlan& plan, std::size_t index) {
  const PrepareStore& store = plan.stores[index];
  const fs::path path = store_path(plan, store);
  std::unique_ptr<CropStoreWriter> joined;
  for (const PrepareUnit& unit : plan.units) {
    if (unit.store != index) continue;
    const std::optional<CropStore> part = finished_part(plan, unit);
    if (!part) {
      throw Error(ErrorKind::kData,
                  printable(part_path(plan, unit).native()) +
                      ": this part is missing or damaged. All ranks must see the same frames and write "
                      "to the same folder; the same command makes the part anew");
    }
    if (!joined) {
      // An older store's mark goes first: it must not be believed of the new one.
      fs::remove(plan_file(path));
      joined = std::make_unique<CropStoreWriter>(path, plan.options.crop_px, plan.options.encoding,
                                                 part->preprocessing_json());
    }
    joined->append_all(*part);
  }
  joined->finish();
  write_file_durably(plan_file(path), store.digest + "\n");
}

}  // namespace

PreparePlan plan_prepare(const PrepareOptions& options) {
  PreparePlan plan{options, {}, {}};
  const std::string model_digest =
      options.detector == DetectorKind::kYuNet ? to_hex(digest128(MappedFile(options.detector_model).bytes())) : "";
  for (const std::string& dataset : dataset_names(options)) add_stores(plan, dataset, model_digest);
  add_units(plan);
  return plan;
}

PrepareCounts prepare_units(const PreparePlan& plan, int rank, int world,
                            const std::function<void(std::size_t)>& done) {
  cv::setNumThreads(1);  // the ranks are the parallelism
  PrepareCounts counts;
  std::unique_ptr<FaceDetector> detector;
  for (auto unit = static_cast<std::size_t>(rank); unit < plan.units.size(); unit += static_cast<std::size_t>(world)) {
    const PrepareUnit& work = plan.units[unit];
    if (const std::optional<CropStore> part = finished_part(plan, work)) {
      count_rows(*part, plan.stores[work.store], work.first, counts);
    } else {
      if (!detector) detector = make_face_detector(detector_options(plan.options));
      try {
        make_part(plan, work, *detector, counts);
      } catch (const fs::filesystem_error& error) {
        throw_with_advice(error, plan);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kFailed) throw;
        throw_with_advice(error, plan);
      }
    }
    if (done) done(unit);
  }
  return counts;
}

std::map<std::string, PrepareCounts> join_prepared(const PreparePlan& plan) {
  std::map<std::string, PrepareCounts> counts;
  for (std::size_t i = 0; i < plan.stores.size(); ++i) {
    const PrepareStore& store = plan.stores[i];
    try {
      if (!store.done) join_store(plan, i);
      fs::remove_all(parts_folder(plan, store));  // of older plans too
    } catch (const fs::filesystem_error& error) {
      throw_with_advice(error, plan);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kFailed) throw;
      throw_with_advice(error, plan);
    }
    count_rows(CropStore(store_path(plan, store)), store, 0, counts[store_name(store)]);
  }
  return counts;
}

}  // namespace unmask
