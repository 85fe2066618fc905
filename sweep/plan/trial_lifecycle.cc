#include "sweep/plan/trial_lifecycle.h"

#include <algorithm>
#include <cmath>

namespace unmask {
namespace {

constexpr int kMostSteplessStarts = 3;

}  // namespace

TrialRecord after_restart(TrialRecord record, std::int64_t checkpoint_step, std::int64_t seen_step, int max_attempts,
                          std::int64_t memory_kills) {
  if (record.state == TrialState::kFailed && record.retriable && record.failures < max_attempts) {
    record.state = TrialState::kWaiting;
    return record;
  }
  if (record.state == TrialState::kPaused) record.state = TrialState::kWaiting;
  if (record.state != TrialState::kRunning) return record;
  const bool saved = checkpoint_step > record.start_step, stepped = saved || seen_step > record.start_step;
  record.step = std::max({record.step, checkpoint_step, seen_step});
  record.idle_starts = saved ? 0 : record.idle_starts + 1;
  record.stepless_starts = stepped ? 0 : record.stepless_starts + 1;
  if (stepped) record.failures = 0;
  const bool by_memory = memory_kills > record.memory_kills;
  if (!stepped && (by_memory || record.stepless_starts % kMostSteplessStarts == 0)) ++record.failures;
  record.state = TrialState::kWaiting;
  if (record.failures >= max_attempts) {
    record.state = TrialState::kFailed;
    record.retriable = true;
    record.reason = "killed " + std::to_string(record.stepless_starts) +
                    " times in a row before a step was seen to end: " +
                    (by_memory ? "the kernel has ended a process that was out of memory at its cgroup's limit"
                               : "so the kernel ends what is out of memory at a cgroup's limit") +
                    "; a smaller train.microbatch_size or fewer ranks a machine take less";
  }
  return record;
}

double checkpoint_share(const TrialRecord& record) { return std::ldexp(1.0, -std::min(record.idle_starts, 40)); }

bool has_begun(const TrialRecord& record) { return record.state == TrialState::kRunning || record.step > 0; }

TrialRecord at_grant(TrialRecord record, std::int64_t checkpoint_step, std::int64_t memory_kills) {
  record.state = TrialState::kRunning;
  record.start_step = checkpoint_step;
  record.memory_kills = memory_kills;
  ++record.starts;
  return record;
}

TrialRecord after_failure(TrialRecord record, const Fault& fault, std::int64_t checkpoint_step, int max_attempts) {
  record.reason = result_reason(fault);
  record.history.clear();
  record.best_epoch = 0;
  record.objective.clear();
  record.state = TrialState::kFailed;
  record.retriable = fault.cause != Cause::kDivergence && fault.kind != ErrorKind::kUsage;
  record.step = std::max(record.step, checkpoint_step);
  record.failures = checkpoint_step > record.start_step ? 1 : record.failures + 1;
  if (fault.kind == ErrorKind::kFailed && record.retriable && record.failures < max_attempts)
    record.state = TrialState::kWaiting;
  return record;
}

std::string result_reason(const Fault& fault) {
  // Which parameter was seen first depends on who computed which microbatch; the step doesn't.
  if (fault.cause == Cause::kDivergence && fault.step)
    return "diverged at step " + std::to_string(*fault.step) + ": a value is not finite or too large";
  return fault.told_without_rank();
}

bool is_over(TrialState state) {
  return state == TrialState::kDone || state == TrialState::kStoppedEarly || state == TrialState::kFailed;
}

}  // namespace unmask
