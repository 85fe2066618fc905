#include "launch/sweep/trial_lifecycle.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <regex>

namespace unmask {
namespace {

constexpr int kMostIdleStarts = 3;
constexpr char kDiverged[] = "not finite";

bool diverged(const std::string& fault) { return fault.find(kDiverged) != std::string::npos; }

}  // namespace

TrialRecord after_restart(TrialRecord record, std::int64_t checkpoint_step, std::int64_t seen_step, int max_attempts) {
  if (record.state == TrialState::kFailed && record.retriable && record.attempts < max_attempts) {
    record.state = TrialState::kWaiting;
    return record;
  }
  if (record.state == TrialState::kPaused) record.state = TrialState::kWaiting;
  if (record.state != TrialState::kRunning) return record;
  const bool progressed = checkpoint_step > record.start_step || seen_step > std::max(record.start_step, record.step);
  record.step = std::max(record.step, seen_step);
  record.idle_starts = progressed ? 0 : record.idle_starts + 1;
  if (progressed) record.attempts = 0;
  if (record.idle_starts >= kMostIdleStarts) {
    record.idle_starts = 0;
    ++record.attempts;
  }
  record.state = TrialState::kWaiting;
  if (record.attempts >= max_attempts) {
    record.state = TrialState::kFailed;
    record.retriable = true;
    record.reason = "killed " + std::to_string(max_attempts * kMostIdleStarts) + " times without finishing a step";
  }
  return record;
}

TrialRecord at_grant(TrialRecord record, std::int64_t checkpoint_step) {
  record.state = TrialState::kRunning;
  record.start_step = checkpoint_step;
  ++record.starts;
  return record;
}

TrialRecord after_failure(TrialRecord record, ErrorKind kind, const std::string& fault, std::int64_t checkpoint_step,
                          int max_attempts) {
  record.reason = result_reason(fault);
  record.history.clear();
  record.best_epoch = 0;
  record.objective.clear();
  record.state = TrialState::kFailed;
  record.retriable = !diverged(fault) && kind != ErrorKind::kUsage;
  record.attempts = checkpoint_step > record.start_step ? 1 : record.attempts + 1;
  if (kind == ErrorKind::kFailed && record.retriable && record.attempts < max_attempts)
    record.state = TrialState::kWaiting;
  return record;
}

std::string result_reason(const std::string& fault) {
  static const std::regex kRank("rank [0-9]+: ");
  const std::string text = std::regex_replace(fault, kRank, "");
  // Which parameter was seen first depends on who computed which microbatch; the step doesn't.
  static const std::regex kStep("step [0-9]+");
  std::smatch step;
  if (!diverged(text) || !std::regex_search(text, step, kStep)) return text;
  return "diverged at " + step.str() + ": a value is not finite or too large";
}

bool is_disk_fault(const std::string& fault) {
  return std::ranges::any_of(std::array{ENOSPC, EDQUOT, EROFS},
                             [&](int number) { return fault.find(std::strerror(number)) != std::string::npos; });
}

bool is_over(TrialState state) {
  return state == TrialState::kDone || state == TrialState::kStopped || state == TrialState::kFailed;
}

}  // namespace unmask
