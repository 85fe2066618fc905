// RUN/report.html of a run that goes on, made anew now and then by a thread of its own.
//
//   RunningPage page(config, folder, note);
//   page.show(trials, status);  // about once a second, by whoever changes the trials
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "launch/config/run_config.h"
#include "launch/run/recorded_run.h"
#include "sweep/run/run_folder.h"
#include "sweep/run/status_file.h"

namespace unmask {

/// Rank zero. THREAD: one. What it costs the caller is a copy of the trials every config.report_every_s seconds; the
/// page is made at the lowest priority, and a next one is begun only when it is there.
class RunningPage {
 public:
  using Note = std::function<void(const std::string&)>;  // from any thread
  RunningPage(RunConfig config, RunFolder folder, Note note);
  /// Waits for a page that is in the making.
  ~RunningPage();
  /// Begins a page if it is time, at once the first time; none with report_every_s = 0, and none of a run that is over.
  /// Never throws: `note` is told why a page can't be written, once for each reason.
  void show(const std::vector<SweepTrial>& trials, const RunStatus& status);

 private:
  using Clock = std::chrono::steady_clock;
  void make(RecordedRun& run, const RunStatus& status);
  void tell(const std::string& reason);
  RunConfig config_;
  RunFolder folder_;
  Note note_;
  std::optional<Clock::time_point> begun_;
  std::string told_;        // the last reason
  std::future<void> page_;  // while it is in the making nothing above is touched but by its thread
};

}  // namespace unmask
