#include "launch/check/config_check.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/memory_limits.h"
#include "base/table_text.h"
#include "data/audit/split_census.h"
#include "data/frames/media_decoder.h"
#include "dist/gpus.h"
#include "launch/check/disk_space.h"
#include "launch/check/memory_estimate.h"
#include "launch/config/trial_config.h"
#include "launch/run/config_resolution.h"
#include "launch/run/init_detector.h"
#include "launch/run/recorded_config.h"
#include "launch/run/run_splits.h"
#include "launch/run/trial_briefs.h"
#include "model/files/safetensors.h"
#include "model/network_shapes.h"
#include "model/train/numerics.h"
#include "sweep/plan/disk_plan.h"
#include "sweep/plan/scheduler.h"
#include "sweep/run/status_file.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// The least and the most of what the trials have.
template <typename T>
class Range {
 public:
  void add(T value) {
    low_ = empty_ ? value : std::min(low_, value);
    high_ = empty_ ? value : std::max(high_, value);
    empty_ = false;
  }
  T high() const { return high_; }
  std::string text() const {
    return low_ == high_ ? std::to_string(low_) : std::to_string(low_) + " to " + std::to_string(high_);
  }

 private:
  T low_ = 0, high_ = 0;
  bool empty_ = true;
};

class Checker {
 public:
  Checker(const RunConfig& config, std::string run, int ranks, Findings& findings)
      : written_(config), config_(config), run_(std::move(run)), ranks_(ranks), findings_(findings) {}

  ConfigCheck check() {
    resolve_weights();
    const std::string stores = check_stores();
    check_machine();
    tell_sandbox();
    check_weights();
    compare_with_run();
    check_trials();
    tell_disk();
    tell_memory();
    return {config_, (stores.empty() ? "" : stores + "\n\n") + facts_.text(), on_gpu_ ? 0 : peak_bytes_};
  }

 private:
  template <typename Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      findings_.fault(error.kind(), error.what());
    }
  }

  /// Which weights, and with them what was trained on before: its stores are looked at too.
  void resolve_weights() {
    guarded([&] {
      resolve_init(config_);
      has_weights_ = true;
    });
    std::error_code none;
    if (has_weights_ && fs::exists(config_.trial.data.stores, none)) guarded([&] { resolve_replay(config_); });
  }

  /// "" where none could be read.
  std::string check_stores() {
    const std::string& stores = config_.trial.data.stores;
    std::error_code none;
    if (!fs::exists(stores, none)) {
      has_stores_ = false;
      findings_.fault(ErrorKind::kData, "no folder of crop stores " + stores +
                                            ": run `unmask prepare` to make it, or correct data.stores");
      return "";
    }
    std::vector<SplitCensus> splits;
    for (const RunSplit& split : run_splits(config_))
      guarded([&] { splits.push_back(take_census(split.file, split.dataset, split.split)); });
    if (!splits.empty()) crop_px_ = splits.front().crop_px;
    judge_splits(splits);
    return splits.empty() ? "" : census_table(splits);
  }

  void judge_splits(const std::vector<SplitCensus>& splits) {
    for (const SplitCensus& split : splits) {
      if (!split.has_one_class()) continue;
      findings_.warn("dataset " + split.dataset + ", split " + to_word(split.split) + ": all crops are " +
                     (split.real == 0 ? "fake" : "real") + ": no AUC can be had of it");
    }
    for (const SplitLeak& leak : leaks_among(splits)) {
      if (config_.trial.data.allow_leaks) {
        findings_.warn(leak.text() + "; data.allow_leaks = true lets a run train on it, and every table tells so");
      } else {
        findings_.fault(ErrorKind::kData, leak.text() + "; split the videos by identity and prepare again");
      }
    }
  }

  void check_machine() {
    guarded([&] {
      tell_driver();
      resolve_arithmetic(config_);
      const Device device = resolve_device(config_.trial.runtime.device);
      on_gpu_ = device == Device::kCuda;
      facts_.add({"computes with", to_word(device) + ", " + arithmetic_text(config_.trial.train)});
    });
  }

  /// A job must not wait in a queue for GPUs whose driver it can't use: the driver here is most likely theirs.
  void tell_driver() {
    const Device asked = config_.trial.runtime.device;
    if (asked == Device::kCpu) return;
    const GpuSight sight = look_for_gpus();
    facts_.add({"GPU driver", driver_text(sight)});
    if (asked == Device::kAuto && sight.allocated.empty() && driver_is_too_old(sight))
      findings_.warn("this machine's " + driver_text(sight) +
                     ": where a job has a GPU of such a driver it stops at once; update the driver, or build with an "
                     "older LibTorch (docs/gpu.md)");
  }

  /// No fault: only what reads videos and pictures needs it.
  void tell_sandbox() {
    std::string walls;
    const std::string fault = sandbox_fault({}, &walls);
    facts_.add({"decoding", fault.empty()
                                ? "in a sandbox: " + walls
                                : "without a sandbox: " + fault + "; prepare.sandbox = false decodes without"});
  }

  void check_weights() {
    const std::string& init = config_.trial.model.init;
    if (init == "random") return facts_.add({"model.init", "random weights"});
    if (!has_weights_) return;
    guarded([&] {
      const SafetensorsFile file(init, SafetensorsFile::Digest::kIfPresent);
      const NetworkShapes shapes = network_shapes(config_.trial.model);
      for (std::size_t i = 0; i < shapes.head; ++i) {
        if (file.find(shapes.parameters[i].name) != nullptr) continue;
        throw Error(ErrorKind::kData, "model.init: " + init + ": holds no " +
                                          to_word(config_.trial.model.architecture) + " (no tensor " +
                                          shapes.parameters[i].name + "); make one with `unmask import`");
      }
      facts_.add({"model.init", init + ", " + std::to_string(file.tensors().size()) + " tensors"});
    });
  }

  /// A run that is there already: its trials, and whether this config may go on with it.
  void compare_with_run() {
    const RunFolder folder(run_);
    std::error_code none;
    if (run_.empty() || !fs::exists(folder.config(), none)) return;
    if (has_stores_)
      guarded([&] {
        const RunConfig recorded = read_recorded_config(folder);
        RunConfig now = written_;
        now.trial.model.init = config_.trial.model.init;
        now.trial.data.replay_from = config_.trial.data.replay_from;
        resolve_arithmetic(now, &recorded);
        now.content = content_digests(now);
        now.content[kNumerics] = run_numerics(now, /*local_rank=*/0);
        require_same_experiment(folder, recorded, now);
      });
    guarded([&] {
      if (!fs::exists(folder.status(), none)) return;
      const RunStatus status = read_status(folder);
      std::string states;
      for (const auto& [state, count] : status.trials) states += " " + std::to_string(count) + " " + state;
      facts_.add({"run", run_ + ": " + status.run_state + "; trials:" + states});
    });
  }

  void check_trials() {
    const SweepOptions options = sweep_options(config_);
    const std::vector<PlannedTrial> trials = plan_sweep(options, config_.trial.seed, {}).trials;
    trials_ = static_cast<int>(trials.size());
    Range<std::int64_t> steps;
    Range<int> epochs, microbatches;
    std::map<std::string, std::pair<ErrorKind, std::vector<int>>> failures;
    StepCounter counter;
    for (const PlannedTrial& trial : trials) {
      try {
        const TrialBrief brief = brief_of(config_, trial, counter);
        steps.add(brief.steps());
        if (crop_px_ > 0)
          peak_bytes_ = std::max(peak_bytes_, rank_peak_bytes(trial_config(config_, trial).trial, crop_px_));
        epochs.add(brief.epochs);
        all_epochs_ += brief.epochs;
        microbatches.add(brief.microbatches);
      } catch (const Error& error) {
        auto& [kind, ids] = failures[error.what()];
        kind = error.kind();
        ids.push_back(trial.id);
      }
    }
    const std::string of_all = std::to_string(trials_);
    if (!has_stores_) failures.clear();  // for one reason, which is told
    std::size_t failed = 0;
    for (const auto& [what, failure] : failures) {
      const auto& [kind, ids] = failure;
      failed += ids.size();
      findings_.fault(kind, std::to_string(ids.size()) + " of " + of_all + " trials can't start (trial " +
                                std::to_string(ids.front()) + (ids.size() > 1 ? ", …): " : "): ") + what);
    }
    const std::string how = ", sampler " + to_word(resolved_sampler(options)) + ", mode " + to_word(options.mode);
    facts_.add({"trials", of_all + (config_.sweep ? how : "")});
    const auto undrawn = std::ranges::count(trials, false, &PlannedTrial::drawn);
    if (undrawn > 0)
      facts_.add({"", std::to_string(undrawn) + " of them are drawn later (tpe): counted as the config has it"});
    if (!has_stores_ || failed == trials.size()) return;
    facts_.add({"epochs a trial", epochs.text()});
    facts_.add({"steps a trial", steps.text()});
    facts_.add({"microbatches a step", microbatches.text() + ": the most ranks that help a trial"});
    judge_groups(options, microbatches.high());
  }

  void judge_groups(const SweepOptions& options, int most_microbatches) {
    const int useful = useful_group_size(most_microbatches, ranks_);
    facts_.add({"largest useful group",
                std::to_string(useful) + " of " + std::to_string(ranks_) + (ranks_ == 1 ? " rank" : " ranks")});
    if (options.mode == SweepMode::kConcurrent && options.group_size > most_microbatches)
      findings_.warn("sweep.group_size = " + std::to_string(options.group_size) + ": no trial has more than " +
                     std::to_string(most_microbatches) + " microbatches a step; smaller groups are granted");
    if (options.mode == SweepMode::kSequential && useful < ranks_)
      findings_.warn(std::to_string(ranks_ - useful) + " of " + std::to_string(ranks_) +
                     " ranks will be idle: one trial at a time uses " + std::to_string(useful));
  }

  void tell_disk() {
    const ModelOptions model = largest_model(config_);
    DiskDemand demand =
        disk_demand(sweep_options(config_), ranks_, trials_, static_cast<int>(train_sets(config_).size()), model);
    demand.epochs = all_epochs_;
    const auto needed = static_cast<double>(sweep_disk_bytes(demand));
    const fs::path folder = existing_folder(run_);
    std::error_code error;
    const fs::space_info space = fs::space(folder, error);
    const double free = error ? -1 : static_cast<double>(space.available);
    facts_.add({"disk at most",
                bytes_text(needed) + " with " + std::to_string(std::min(demand.running, demand.trials)) +
                    " running (a checkpoint: " + bytes_text(static_cast<double>(checkpoint_bytes(model))) + ")"});
    facts_.add({"weights that stay", std::to_string(kept_models(demand)) + " trials' of " +
                                         bytes_text(static_cast<double>(model_bytes(model)))});
    facts_.add({"disk free", (error ? error.message() : bytes_text(free)) + " in " + folder.string()});
    if (!error && free < needed)
      findings_.warn(folder.string() + ": " + bytes_text(free) + " are free, but the run takes up to " +
                     bytes_text(needed) + " at once; choose another --run folder, or fewer trials at once");
  }

  /// Of the rank with the largest microbatch; `check` under the launcher says what the ranks of a host have together.
  void tell_memory() {
    if (crop_px_ == 0) return;
    const auto peak = static_cast<double>(peak_bytes_);
    facts_.add({on_gpu_ ? "memory of its GPU a rank" : "memory a rank", "about " + bytes_text(peak)});
    if (on_gpu_) return tell_sharing(peak);
    const MemoryRoom room = MemoryLimits().room();
    facts_.add({"memory here", bytes_text(static_cast<double>(std::max<std::int64_t>(0, room.free_bytes))) +
                                   " may be taken: " + room.where});
    if (peak > static_cast<double>(room.free_bytes))
      findings_.warn("a rank takes about " + bytes_text(peak) + " of memory; " + room.text() +
                     ": a smaller train.microbatch_size takes less");
  }

  void tell_sharing(double peak) {
    const int sharing = config_.trial.runtime.ranks_per_gpu;
    if (sharing == 1) return;
    facts_.add({"ranks on a GPU", "up to " + std::to_string(sharing) + ", of different trials: about " +
                                      bytes_text(peak * sharing) + " of its memory"});
    if (!mps_listens())
      findings_.warn("runtime.ranks_per_gpu = " + std::to_string(sharing) +
                     ", but NVIDIA's MPS doesn't run: ranks take turns on a GPU; start nvidia-cuda-mps-control -d");
  }

  const RunConfig& written_;  // as it was given
  RunConfig config_;          // resolved on the way
  std::string run_;
  int ranks_;
  Findings& findings_;
  TextTable facts_{{"fact", "value"}};
  int trials_ = 0;
  std::int64_t all_epochs_ = 0;  // of all trials that can start
  bool has_stores_ = true, has_weights_ = false;
  int crop_px_ = 0;  // of the stores; 0: none could be read
  std::int64_t peak_bytes_ = 0;
  bool on_gpu_ = false;
};

}  // namespace

ConfigCheck check_config(const RunConfig& config, const std::string& run, int ranks, Findings& findings) {
  return Checker(config, run, ranks, findings).check();
}

}  // namespace unmask
