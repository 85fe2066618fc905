#include "launch/run/running_page.h"

#include <sys/resource.h>
#include <unistd.h>
#include <exception>
#include <filesystem>
#include <utility>

#include "base/durable_file.h"
#include "base/seconds_since.h"
#include "launch/run/recorded_run.h"
#include "launch/run/run_report.h"

namespace unmask {
namespace {

constexpr int kLowestPriority = 19;
constexpr std::size_t kMostTimingBytes = 256 << 20;

/// The calling thread alone: Linux keeps priorities by thread.
void step_back() { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowestPriority); }

}  // namespace

RunningPage::RunningPage(RunConfig config, RunFolder folder, Note note)
    : config_(std::move(config)), folder_(std::move(folder)), note_(std::move(note)) {}

RunningPage::~RunningPage() = default;

void RunningPage::show(const std::vector<SweepTrial>& trials, const RunStatus& status) {
  if (config_.report_every_s <= 0 || status.run_state != "running") return;
  if (begun_ && seconds_since(*begun_) < config_.report_every_s) return;
  if (page_.valid() && page_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
  begun_ = Clock::now();
  try {
    // Not from the ledger: who opens and closes its file here takes SQLite's locks away from this process.
    RecordedRun run{config_, trials, "", {}, unfinished_text(trials)};
    page_ = std::async(std::launch::async, [this, run = std::move(run), status]() mutable { make(run, status); });
  } catch (const std::exception& error) {
    tell(error.what());
  }
}

void RunningPage::make(RecordedRun& run, const RunStatus& status) {
  step_back();
  try {
    if (std::filesystem::exists(folder_.timing())) run.timing = read_text_file(folder_.timing(), kMostTimingBytes);
    read_added_of(folder_, run);
    write_report_page(folder_, run, status);
  } catch (const std::exception& error) {
    tell(error.what());
  }
}

void RunningPage::tell(const std::string& reason) {
  if (told_ == reason) return;
  told_ = reason;
  note_("the page was not written: " + reason);
}

}  // namespace unmask
