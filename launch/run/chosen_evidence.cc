#include "launch/run/chosen_evidence.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "base/table_text.h"
#include "data/store/crop_store.h"
#include "data/store/jpeg_codec.h"
#include "data/store_paths.h"
#include "launch/config/run_config_file.h"
#include "launch/config/run_identity.h"
#include "launch/run/chosen_calibration.h"
#include "model/files/safetensors.h"
#include "model/score/calibration.h"
#include "model/score/scored_frames.h"
#include "report/corruption_rows.h"
#include "report/crop_choice.h"
#include "report/won_and_lost.h"
#include "sweep/plan/objective.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostCrops = 60, kMostCropBytes = 3 << 20, kMostScoresBytes = std::size_t{1} << 30,
                      kMostJsonBytes = 64 << 20;
constexpr int kQuality = 85;

/// By what decides results: the config's other keys may have changed since, and newer programs have more of them.
bool is_choice(const RunFolder& folder, const SweepTrial& trial) {
  const fs::path file = folder.chosen() / "config.toml";
  const std::string text = read_text_file(file, 1 << 20);
  if (text == trial.brief.config) return true;
  const std::string identity = identity_text(read_run_config(text, file.string(), {}, ConfigFor::kTrain));
  return to_hex(digest128(std::as_bytes(std::span(identity.data(), identity.size())))) == trial.brief.config_digest;
}

std::optional<Calibration> calibration_of(const RunFolder& folder) {
  const SafetensorsFile model(folder.chosen_model(), SafetensorsFile::Digest::kRequired);
  const auto text = model.metadata().find(kCalibrationKey);
  return text == model.metadata().end() ? std::nullopt : std::optional(calibration_from_json(text->second));
}

/// "" where there is no such file.
std::string text_of(const fs::path& json) { return fs::exists(json) ? read_text_file(json, kMostJsonBytes) : ""; }

/// The store of each dataset, and in which of its rows a frame stands: they were scored one after another.
class ScoredStores {
 public:
  ScoredStores(const fs::path& stores, const std::vector<EvaluatedFrame>& frames) : frames_(frames) {
    std::map<std::string, std::size_t> rows;
    for (const EvaluatedFrame& evaluated : frames) {
      const FrameInfo& frame = evaluated.frame;
      if (!stores_.contains(frame.dataset))
        stores_.try_emplace(frame.dataset, store_path(stores, frame.dataset, frame.split));
      row_of_.push_back(rows[frame.dataset]++);
    }
    for (const auto& [dataset, store] : stores_) {
      if (store.size() != rows[dataset]) throw changed(store);
    }
  }

  std::vector<std::uint8_t> jpeg(std::size_t at) const {
    const FrameInfo& wanted = frames_[at].frame;
    const CropStore& store = stores_.at(wanted.dataset);
    const std::size_t row = row_of_[at];
    const FrameInfo found = store.frame(row);
    if (!store.has_crop(row) || !is_same(found, wanted)) throw changed(store);
    const auto px = static_cast<std::size_t>(store.crop_px());
    std::vector<std::uint8_t> rgb(px * px * 3);
    store.read(row, rgb);
    return encode_jpeg(rgb, store.crop_px(), kQuality, JpegColour::k444);
  }

 private:
  /// As the table of scores tells a frame.
  static bool is_same(const FrameInfo& one, const FrameInfo& other) {
    const auto names = [](const FrameInfo& frame) {
      return csv_cell(frame.method) + "/" + csv_cell(frame.compression) + "/" + csv_cell(frame.video);
    };
    return one.frame == other.frame && one.label == other.label && names(one) == names(other);
  }
  static Error changed(const CropStore& store) {
    return Error(ErrorKind::kData, store.path().string() + ": is not the store that was scored");
  }

  const std::vector<EvaluatedFrame>& frames_;
  std::map<std::string, CropStore> stores_;
  std::vector<std::size_t> row_of_;
};

void add_crops(const fs::path& stores, const ChosenScores& scores, ChosenEvidence& evidence) {
  const ScoredStores scored(stores, scores.frames);
  std::size_t bytes = 0;
  for (const CropChoice& choice : choose_crops(scores.frames, chosen_threshold(scores).score, kMostCrops)) {
    const EvaluatedFrame& frame = scores.frames[choice.frame];
    evidence.crops.push_back({choice.kind, frame.frame, *frame.score, scored.jpeg(choice.frame)});
    bytes += evidence.crops.back().jpeg.size();
    if (bytes > kMostCropBytes) {
      evidence.crops_note = "not all are shown: crops of this size would make the page too large";
      return;
    }
  }
}

}  // namespace

ChosenEvidence read_chosen_evidence(const RunFolder& folder, const RecordedRun& run) {
  ChosenEvidence evidence;
  const std::optional<int> id = sweep_choice(ranked(run.trials));
  if (!id) return evidence;
  try {
    if (!is_choice(folder,
                   *std::ranges::find(run.trials, *id, [](const SweepTrial& trial) { return trial.record.id; })))
      return evidence;
    evidence.calibration = calibration_of(folder);
    const std::string digest = uncalibrated_digest(folder.chosen_model());
    evidence.corruption_json = corruption_rows(text_of(folder.chosen() / "corruption.json"), digest);
    evidence.won_and_lost_json = won_and_lost_rows(text_of(folder.chosen() / "against_init.json"), digest);
    const fs::path file = chosen_frames(folder);
    if (!fs::exists(file)) return evidence;
    evidence.scores = {frames_from_csv(read_text_file(file, kMostScoresBytes), file.string()), evidence.calibration};
  } catch (const std::exception&) {
    return evidence;  // not there yet, or damaged
  }
  try {
    add_crops(run.config.trial.data.stores, *evidence.scores, evidence);
  } catch (const std::exception& error) {
    evidence.crops_note = std::string("crops are not shown: ") + error.what();
  }
  return evidence;
}

}  // namespace unmask
