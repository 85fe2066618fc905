#include "launch/run/open_run.h"

#include <cstdlib>
#include <filesystem>

#include "base/digest.h"
#include "base/durable_file.h"
#include "base/error.h"
#include "data/store/crop_store.h"
#include "launch/config/space_config.h"
#include "launch/run/model_path.h"
#include "model/train/numerics.h"
#include "sweep/run/slices.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// A folder that holds something else than a run must not be filled with one by a slip.
void refuse_foreign_folder(const RunFolder& folder) {
  for (const auto& file : fs::directory_iterator(folder.root())) {
    // A prediction may be there before the run: `unmask plan --run`.
    if (file.path().filename().string().starts_with(".") || file.path() == folder.plan()) continue;
    throw Error(ErrorKind::kUsage, folder.root().string() + ": is not empty and holds no run (no config.toml, but " +
                                       file.path().filename().string() + "); choose a new --run folder");
  }
}

void make_folder(const fs::path& root) {
  std::error_code error;
  fs::create_directories(root, error);
  if (error || !fs::is_directory(root)) {
    throw Error(ErrorKind::kFailed, root.string() + ": cannot make the run's folder: " +
                                        (error ? error.message() : std::string("a file of that name is there")));
  }
}

}  // namespace

std::map<std::string, std::string> content_digests(const RunConfig& config) {
  const TrialOptions& trial = config.trial;
  std::map<std::string, std::string> content;
  const auto add = [&](const std::vector<std::string>& datasets, Split split) {
    for (const std::string& dataset : datasets) {
      const fs::path file = fs::path(trial.data.stores) / dataset / (to_word(split) + ".crops");
      content["stores." + dataset + "." + to_word(split)] = to_hex(CropStore(file).fingerprint());
    }
  };
  // A trial of a sweep that names a dataset that isn't there fails alone.
  const auto exists = [&](const std::string& dataset) {
    return !config.sweep || fs::exists(fs::path(trial.data.stores) / dataset / "train.crops");
  };
  for (std::vector<std::string> datasets : train_sets(config)) {
    std::erase_if(datasets, [&](const std::string& dataset) { return !exists(dataset); });
    add(datasets, Split::kTrain);
  }
  add(trial.data.val, Split::kVal);
  add(trial.data.test, Split::kTest);
  if (trial.model.init != "random") content["weights"] = to_hex(digest128(MappedFile(trial.model.init).bytes()));
  return content;
}

void resolve_arithmetic(RunConfig& config, const RunConfig* recorded) {
  TrainOptions& train = config.trial.train;
  if (recorded == nullptr) return resolve_arithmetic(train, resolve_device(config.trial.runtime.device));
  if (train.precision == TrainPrecision::kAuto) train.precision = recorded->trial.train.precision;
  if (train.bf16_arithmetic == Bf16Arithmetic::kAuto) {
    train.bf16_arithmetic = recorded->trial.train.bf16_arithmetic;
  }
}

std::string run_numerics(const RunConfig& config, int local_rank) {
  int crop_px = 224;  // where no store is there, no trial starts either
  for (const std::string& dataset : config.trial.data.val) {
    const fs::path file = fs::path(config.trial.data.stores) / dataset / "val.crops";
    if (!fs::exists(file)) continue;
    crop_px = CropStore(file).crop_px();
    break;
  }
  return numerics_class(config.trial, crop_px, local_rank);
}

OpenRun::OpenRun(const RunFolder& folder, RunConfig config, const std::function<void(const std::string&)>& note)
    : folder_(folder), config_(std::move(config)) {
  make_folder(folder_.root());
  RunLockOptions lock;
  lock.takeover_s = config_.restart.lock_lease_s;
  lock.note = note;
  const char* restarts = std::getenv("SLURM_RESTART_COUNT");
  if (restarts != nullptr && std::string(restarts) != "0") lock.patience_s = 20 * lock.takeover_s;
  lock_ = std::make_unique<RunLock>(folder_, lock);
  resumed_ = fs::exists(folder_.config());
  if (!resumed_) refuse_foreign_folder(folder_);
  std::string& init = config_.trial.model.init;
  if (init != "random") init = find_model(init).string();
  if (resumed_) {
    compare_with_recorded(read_text_file(folder_.config(), 1 << 20));
    if (slice_of(folder_)) compare_with_other_slices();
  } else {
    resolve_arithmetic(config_);
    config_.content = content_digests(config_);
    config_.content[kNumerics] = run_numerics(config_, /*local_rank=*/0);
    if (slice_of(folder_)) compare_with_other_slices();
    record_config();
  }
  ledger_ = std::make_unique<Ledger>(folder_);
  if (ledger_->rebuilt() && note)
    note(folder_.ledger().string() + ": was missing and is made anew from trials/*/trial.json");
}

void OpenRun::record_config() const { write_file_durably(folder_.config(), resolved_toml(config_)); }

void OpenRun::compare_with_recorded(const std::string& recorded_text) {
  RunConfig recorded;
  try {
    const ConfigFor what = config_.sweep ? ConfigFor::kSweep : ConfigFor::kTrain;
    recorded = read_run_config(recorded_text, folder_.config().string(), {}, what);
  } catch (const Error& error) {
    throw Error(ErrorKind::kData, "the run's recorded config is damaged: " + std::string(error.what()));
  }
  resolve_arithmetic(config_, &recorded);
  config_.content = content_digests(config_);
  // Whether this start's ranks compute these bits is for the coordinator to see: they may be of several kinds.
  config_.content[kNumerics] = recorded.content[kNumerics];
  const std::vector<std::string> difference = identity_difference(recorded, config_);
  if (difference.empty()) return;
  std::string text = folder_.root().string() + ": holds a run of another experiment:";
  for (const std::string& line : difference) text += "\n  " + line;
  throw Error(ErrorKind::kUsage, text + "\n  choose another --run folder, or set these back");
}

void OpenRun::compare_with_other_slices() const {
  // Itself too: what it has of the sweep may hide that others' trials would change their ids.
  for (const auto& [index, other] : find_slices(RunFolder(fs::absolute(folder_.root()).parent_path())).started) {
    const RunConfig recorded =
        read_run_config(read_text_file(other.config(), 1 << 20), other.config().string(), {}, ConfigFor::kSweep);
    std::vector<std::string> lines;
    // One of the two may know a dataset more, by which it was grown.
    if (!identity_difference(config_, recorded).empty()) lines = identity_difference(recorded, config_);
    const auto all_of = [](const RunConfig& config) { return plan_sweep(*config.sweep, config.trial.seed, {}).trials; };
    const std::string fault = numbering_fault(all_of(recorded), all_of(config_));
    if (lines.empty() && !fault.empty()) lines = {fault};
    if (lines.empty()) continue;
    std::string text = other.root().string() + ": is a slice of another sweep:";
    for (const std::string& line : lines) text += "\n  " + line;
    throw Error(ErrorKind::kUsage, text + "\n  choose another --run folder, or set these back");
  }
}

}  // namespace unmask
