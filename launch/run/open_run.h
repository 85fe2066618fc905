// A run folder held by this process: the lock, the recorded config, the ledger. Rank zero only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "launch/config/run_config.h"
#include "sweep/run/ledger.h"
#include "sweep/run/run_folder.h"
#include "sweep/run/run_lock.h"

namespace unmask {

class OpenRun {
 public:
  /// Makes the folder, or goes on with the run that it holds. `note` is told what happens.
  /// THROWS Error: kFailed (held by another process), kUsage (another experiment, with the difference key by key; a
  /// folder that holds something else), kData (stores, ledger).
  OpenRun(const RunFolder& folder, RunConfig config, const std::function<void(const std::string&)>& note);

  const RunFolder& folder() const { return folder_; }
  /// With precision resolved and content digests filled in.
  const RunConfig& config() const { return config_; }
  Ledger& ledger() { return *ledger_; }
  RunLock& lock() { return *lock_; }
  bool resumed() const { return resumed_; }
  /// The config of this start becomes the run's. Called once its trials are planned: a refused config leaves no trace.
  void record_config() const;

 private:
  void compare_with_recorded(const std::string& recorded_text);
  void compare_with_other_slices() const;

  RunFolder folder_;
  RunConfig config_;
  std::unique_ptr<RunLock> lock_;
  std::unique_ptr<Ledger> ledger_;
  bool resumed_ = false;
};

/// Digests of the stores and weights that `config` names. THROWS Error(kData) naming what is missing.
std::map<std::string, std::string> content_digests(const RunConfig& config);
/// What takes the place of "auto" on this machine, or, where the run was made before, what took it then.
void resolve_arithmetic(RunConfig& config, const RunConfig* recorded = nullptr);
/// numerics_class() of this rank, by the crops of the first store that is there. THROWS Error.
std::string run_numerics(const RunConfig& config, int local_rank);

}  // namespace unmask
