#include "model/train/trial_files.h"

#include <nlohmann/json.hpp>

#include "base/durable_file.h"
#include "base/fault_point.h"
#include "base/seconds_since.h"
#include "dist/agreement.h"
#include "model/files/model_file.h"

namespace unmask {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

TrialFiles::TrialFiles(const TrialOptions& options, const TrialData& data, TrainState& state, TrainObserver& observer,
                       Settings settings)
    : options_(options), data_(data), state_(state), observer_(observer), settings_(std::move(settings)) {}

bool TrialFiles::restore() {
  if (!settings_.writes) return false;
  fs::create_directories(settings_.folder / "checkpoints");
  std::vector<std::string> notes;
  const std::optional<fs::path> newest = newest_whole_checkpoint(settings_.folder, notes);
  for (const std::string& note : notes) observer_.on_note(note);
  if (!newest) return false;
  load_checkpoint(*newest, settings_.identity, state_);
  observer_.on_note("goes on from step " + std::to_string(state_.step) + " of " + std::to_string(data_.total_steps()));
  return true;
}

void TrialFiles::write_metrics() {
  fault_point("metrics");
  if (!settings_.writes) return;
  write_file_durably(settings_.folder / "metrics.csv", metrics_csv(state_.history, options_.data.val));
}

void TrialFiles::metrics_in_background() {
  in_background([&] {
    fault_point("metrics");
    if (!settings_.writes) return;
    writer_.submit([file = settings_.folder / "metrics.csv", text = metrics_csv(state_.history, options_.data.val)] {
      fault_point("write metrics");
      write_file_durably(file, text);
    });
  });
}

template <class Work>
void TrialFiles::in_background(Work work) {
  try {
    work();
  } catch (const std::exception&) {
    fault_ = current_fault();
  }
}

void TrialFiles::write_test(const std::vector<DatasetScores>& rows) {
  fault_point("test scores");
  if (settings_.writes) write_file_durably(settings_.folder / "test.csv", test_csv(rows));
}

/// Runs in the background too: the best weights are replaced as a whole and never written to.
std::function<void()> TrialFiles::best_write() const {
  const EpochRow& row = state_.history[*unwritten_best_];
  ModelFileInfo info{options_.model,
                     options_.train.precision,
                     options_.train.bf16_arithmetic,
                     data_.preprocessing_json(),
                     data_.train().crop_px(),
                     {}};
  nlohmann::json trained = {{"seed", options_.seed},
                            {"datasets", drawn_datasets(options_.data)},
                            {"init", options_.model.init},
                            {"epoch", row.epoch},
                            {"step", row.step}};
  if (options_.data.allow_leaks) trained["leaks"] = "allowed";  // for whoever judges by this model
  info.trained_json = trained.dump();
  return [this, info, best = state_.best] {
    write_model_file(settings_.folder / "best.safetensors", settings_.attempt, state_.classifier, best, info);
  };
}

void TrialFiles::write_best() {
  fault_point("best");
  if (settings_.writes && unwritten_best_) best_write()();
}

bool TrialFiles::is_checkpoint_due(double ahead_s) const {
  const double since_s = seconds_since(last_checkpoint_);
  const bool epoch_ended = state_.step % data_.steps_per_epoch() == 0;
  return since_s + ahead_s >= options_.runtime.checkpoint_every_s || (epoch_ended && since_s >= 20 * checkpoint_s_);
}

void TrialFiles::checkpoint_in_background() {
  if (!settings_.writes || (writes_checkpoint_ && writer_.busy())) return;
  in_background([&] {
    fault_point("checkpoint");
    const auto start = Clock::now();
    std::function<void()> write_the_best = unwritten_best_ ? best_write() : [] {};
    writes_checkpoint_ = true;
    writer_.submit([this, write_the_best, snapshot = take_snapshot(state_, settings_.identity)] {
      const auto write_start = Clock::now();
      write_checkpoint(settings_.folder, snapshot, settings_.attempt);
      write_the_best();
      checkpoint_s_ = seconds_since(write_start);
      writes_checkpoint_ = false;
    });
    unwritten_best_.reset();
    observer_.on_checkpoint(checkpoint_path(settings_.folder, state_.step), state_.step, seconds_since(start));
  });
  last_checkpoint_ = Clock::now();
}

void TrialFiles::write_last_checkpoint(bool is_over) {
  if (!settings_.writes) return;
  writer_.drain();
  fault_point("last checkpoint");
  if (is_over && data_.test().empty()) return;
  write_checkpoint(settings_.folder, take_snapshot(state_, settings_.identity), settings_.attempt);
  observer_.on_checkpoint(checkpoint_path(settings_.folder, state_.step), state_.step, 0);
}

}  // namespace unmask
