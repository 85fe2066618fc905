// The calibration of RUN/chosen/model.safetensors: fitted when the choice is made, kept in the model's header.
//
//   write_chosen(folder, trials, note);
//   calibrate_chosen(folder, {stores, device, local_rank}, stop, note);
#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "launch/run/chosen_folder.h"
#include "model/device/device_choice.h"
#include "model/score/evaluator.h"
#include "model/train/train_options.h"
#include "sweep/run/run_folder.h"

namespace unmask {

/// What the scoring of a choice takes beside its config.
struct CalibrationPlace {
  std::filesystem::path stores;  // near ones (node_stores)
  Device device = Device::kCpu;  // resolved
  int local_rank = 0;
  int loader_threads = 1;
};

/// What the chosen trial was trained with. THROWS Error where chosen/config.toml is missing or damaged.
TrialOptions chosen_options(const RunFolder& folder);
/// As that trial computes, at this place.
ScoreOptions chosen_scoring(const TrialOptions& options, const CalibrationPlace& place);

/// chosen/frames.csv: what the chosen model said of each frame that it was calibrated on, as evaluation_csv writes it.
std::filesystem::path chosen_frames(const RunFolder& folder);

/// Scores the split calibration of the datasets that the choice was trained on, or val where one of them has no
/// calibration split, keeps the scores in chosen_frames(), and writes what fit_calibration makes of them into the
/// chosen model, with what fit_familiarity makes of its faces where they are enough. Nothing where the model has a
/// calibration already. Rank zero does it alone, whatever ranks are left: the same bits for any number of them. Doesn't
/// throw: a run isn't lost by it, `note` is told, and the next start tries again.
void calibrate_chosen(const RunFolder& folder, const CalibrationPlace& place, const std::atomic<bool>& stop,
                      const Note& note);

/// The digest of a model file as training wrote it, without the calibration that it may have got: of the same scores.
/// THROWS Error(kData).
std::string uncalibrated_digest(const std::filesystem::path& model);

/// `chosen` is the model file `best`, or was made of it by calibrate_chosen.
bool is_model_of(const std::filesystem::path& chosen, const std::filesystem::path& best);

}  // namespace unmask
