#include "data/prepare/prepare.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <opencv2/core.hpp>

#include "base/durable_file.h"
#include "base/error.h"
#include "data/faces/face_cropper.h"
#include "data/faces/face_detector.h"
#include "data/frames/frame_reader.h"
#include "data/prepare/preprocessing.h"
#include "data/printable.h"
#include "data/store/crop_store_writer.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// A row of a part: empty pixels without a crop.
struct PreparedRow {
  FrameInfo info;
  std::vector<std::uint8_t> crop;
};

/// Frames to rows; a reader and a detector for a process.
class FramePreparer {
 public:
  explicit FramePreparer(const PrepareOptions& options)
      : options_(options),
        reader_({.max_pixels = options.max_pixels}),
        detector_(make_face_detector(
            {options.detector, options.detector_model, options.upsample, options.detect_short_side_px})) {}

  std::string preprocessing() const { return preprocessing_json(options_, detector_->version()); }

  PreparedRow prepare(const FrameSource& source, FrameInfo info) {
    const ReadFrame frame = reader_.read(source);
    info.status = frame.status;
    if (frame.status != FrameStatus::kOk) return {std::move(info), {}};
    const std::vector<DetectedFace> faces = detector_->detect(frame.image);
    if (!faces.empty()) {
      info.box = square_box(faces.front(), frame.image.width, frame.image.height, options_.box_scale);
    }
    if (info.box.width > 0) return {info, crop_face(frame.image, info.box, options_.crop_px)};
    info.status = FrameStatus::kNoFace;
    return {std::move(info), {}};
  }

 private:
  const PrepareOptions& options_;
  FrameReader reader_;
  std::unique_ptr<FaceDetector> detector_;
};

/// Counts rows of a finished store.
PrepareCounts count_rows(const CropStore& rows, const PrepareStore& store) {
  PrepareCounts counts;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const FrameStatus status = rows.frame(row).status;
    ++counts.by_status[to_word(status)];
    if (status == FrameStatus::kOk || status == FrameStatus::kNoFace) continue;
    const FrameSource& source = store.sources[row];
    const std::string frame = source.media == Media::kVideo ? ", frame " + std::to_string(source.frame) : "";
    counts.bad.push_back(printable(source.file.native()) + frame + ": " + to_word(status));
  }
  return counts;
}

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
    if (part.size() == unit.count) return part;
  } catch (const Error&) {
    // Damaged: it is made anew.
  }
  return std::nullopt;
}

void make_part(const PreparePlan& plan, const PrepareUnit& unit, FramePreparer& preparer) {
  const PrepareStore& store = plan.stores[unit.store];
  const fs::path path = part_file(plan, unit);
  fs::create_directories(path.parent_path());
  CropStoreWriter part(path, plan.options.crop_px, plan.options.encoding, preparer.preprocessing());
  // Names may put a video's frames in another order, and other videos between them: such rows wait for their turn.
  std::map<std::size_t, PreparedRow> waiting;
  std::size_t next = unit.first;
  for (const std::vector<std::size_t>& video : videos_of(plan, unit)) {
    for (const std::size_t row : video) {
      waiting.emplace(row, preparer.prepare(store.sources[row], store.frames[row]));
      for (; !waiting.empty() && waiting.begin()->first == next; ++next) {
        const PreparedRow prepared = std::move(waiting.extract(waiting.begin()).mapped());
        part.append(prepared.info, prepared.crop);
      }
    }
  }
  part.finish();
}

/// Calls `work`; a fault of the file system is told with what is kept and what to do.
template <typename Work>
void with_advice(const PreparePlan& plan, const Work& work) {
  const auto advised = [&](const std::exception& error) {
    return Error(ErrorKind::kFailed,
                 std::string(error.what()) + ". What is finished is kept in " + printable(plan.options.stores) +
                     ": cure the cause (a full disk: free some space) and give the same command again");
  };
  try {
    work();
  } catch (const fs::filesystem_error& error) {
    throw advised(error);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kFailed) throw;
    throw advised(error);
  }
}

void join_store(const PreparePlan& plan, std::size_t index) {
  const PrepareStore& store = plan.stores[index];
  std::unique_ptr<CropStoreWriter> joined;
  for (const PrepareUnit& unit : plan.units) {
    if (unit.store != index) continue;
    const std::optional<CropStore> part = finished_part(plan, unit);
    if (!part) {
      throw Error(ErrorKind::kData,
                  printable(part_file(plan, unit).native()) +
                      ": this part is missing or damaged. All ranks must see the same frames and write "
                      "to the same folder; the same command makes the part anew");
    }
    if (!joined) {
      // An older store's mark goes first: it must not be believed of the new one.
      fs::remove(plan_file(plan, store));
      joined = std::make_unique<CropStoreWriter>(store_file(plan, store), plan.options.crop_px, plan.options.encoding,
                                                 part->preprocessing_json());
    }
    joined->append_all(*part);
  }
  joined->finish();
  write_file_durably(plan_file(plan, store), store.digest + "\n");
}

}  // namespace

void prepare_units(const PreparePlan& plan, int rank, int world, const std::function<void(std::size_t)>& done) {
  cv::setNumThreads(1);  // the ranks are the parallelism
  std::optional<FramePreparer> preparer;
  for (const std::size_t unit : units_of_rank(plan.units.size(), rank, world)) {
    if (!finished_part(plan, plan.units[unit])) {
      if (!preparer) preparer.emplace(plan.options);
      with_advice(plan, [&] { make_part(plan, plan.units[unit], *preparer); });
    }
    if (done) done(unit);
  }
}

std::map<std::string, PrepareCounts> join_prepared(const PreparePlan& plan) {
  std::map<std::string, PrepareCounts> counts;
  for (std::size_t i = 0; i < plan.stores.size(); ++i) {
    const PrepareStore& store = plan.stores[i];
    with_advice(plan, [&] {
      if (!store.done) join_store(plan, i);
      fs::remove_all(parts_folder(plan, store));  // of older plans too
    });
    counts[store_name(store)] = count_rows(CropStore(store_file(plan, store)), store);
  }
  return counts;
}

}  // namespace unmask
