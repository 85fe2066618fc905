#include "launch/run/open_run.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/durable_file.h"
#include "base/error.h"
#include "launch/config/run_config_file.h"
#include "launch/run/config_resolution.h"
#include "launch/run/init_detector.h"
#include "launch/run/recorded_config.h"
#include "launch/run/run_splits.h"
#include "sweep/run/slices.h"

namespace unmask {
namespace {

namespace fs = std::filesystem;

/// A folder that holds something else than a run must not be filled with one by a slip.
void refuse_foreign_folder(const RunFolder& folder) {
  const std::string half_config = folder.config().filename().string() + ".tmp-";  // of a first start that was killed
  for (const auto& file : fs::directory_iterator(folder.root())) {
    const std::string name = file.path().filename().string();
    // A prediction may be there before the run: `unmask plan --run`.
    if (name.starts_with(".") || name.starts_with(half_config) || file.path() == folder.plan()) continue;
    if (fs::exists(folder.config())) return;  // another start has just made it a run
    throw Error(ErrorKind::kUsage, folder.root().string() + ": is not empty and holds no run (no config.toml, but " +
                                       name + "); choose a new --run folder");
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

void refuse_mixed_folders(const RunFolder& run, const std::optional<Slice>& slice) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::kUsage, run.root().string() + ": " + what);
  };
  if (const auto named = slice_of(run)) {
    refuse("is a slice: take --run " + fs::absolute(run.root() / "..").lexically_normal().string() + " --slice " +
           std::to_string(named->index) + "/" + std::to_string(named->count));
  }
  const SliceSet slices = find_slices(run);
  if (slice && fs::exists(run.config())) refuse("holds a whole run; slices need a --run folder of their own");
  if (slice && slices.count != 0 && slices.count != slice->count) {
    refuse("holds slices of " + std::to_string(slices.count) + ", not of " + std::to_string(slice->count) +
           ": take the same N, or another --run folder");
  }
  if (!slice && slices.count != 0)
    refuse("holds slices of a sweep; say which one: unmask sweep --slice K/" + std::to_string(slices.count));
}

OpenRun::OpenRun(const RunFolder& folder, RunConfig config, const std::function<void(const std::string&)>& note)
    : folder_(folder), config_(std::move(config)) {
  make_folder(folder_.root());
  refuse_foreign_folder(folder_);  // before there is a lock in it
  RunLockOptions lock;
  lock.takeover_s = config_.restart.lock_lease_s;
  lock.note = note;
  const char* restarts = std::getenv("SLURM_RESTART_COUNT");
  if (restarts != nullptr && std::string(restarts) != "0") lock.patience_s = 20 * lock.takeover_s;
  lock_ = std::make_unique<RunLock>(folder_, lock);
  resumed_ = fs::exists(folder_.config());
  remove_unfinished(folder_.root(), ".toml");
  resolve_init(config_);
  resolve_replay(config_);
  if (resumed_) {
    compare_with_recorded();
  } else {
    resolve_arithmetic(config_);
    config_.content = content_digests(config_);
    config_.content[kNumerics] = run_numerics(config_, /*local_rank=*/0);
  }
  const std::vector<SplitCensus> splits = run_censuses(config_);
  refuse_leaks(config_, splits);
  if (note) std::ranges::for_each(audit_notes(config_, splits), note);
  if (slice_of(folder_)) compare_with_other_slices();
  if (!resumed_) record_config();
  ledger_ = std::make_unique<Ledger>(folder_);
  if (ledger_->rebuilt() && note)
    note(folder_.ledger().string() + ": was missing and is made anew from trials/*/trial.json");
}

void OpenRun::record_config() const { write_file_durably(folder_.config(), resolved_toml(config_)); }

void OpenRun::compare_with_recorded() {
  RunConfig recorded = read_recorded_config(folder_);
  resolve_arithmetic(config_, &recorded);
  config_.content = content_digests(config_);
  // Whether this start's ranks compute these bits is for the coordinator to see: they may be of several kinds.
  config_.content[kNumerics] = recorded.content[kNumerics];
  require_same_experiment(folder_, recorded, config_);
}

void OpenRun::compare_with_other_slices() const {
  // Itself too: what it has of the sweep may hide that others' trials would change their ids.
  for (const auto& [index, other] : find_slices(RunFolder(fs::absolute(folder_.root()).parent_path())).started)
    require_same_sweep(other, read_recorded_config(other), config_);
}

}  // namespace unmask
