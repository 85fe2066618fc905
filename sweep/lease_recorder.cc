#include "sweep/lease_recorder.h"

#include "sweep/run/lease_timing.h"
#include "sweep/run/status_file.h"

namespace unmask {
namespace {

std::string end_word(const LeaseResult& result, bool sweep_stops, bool was_asked) {
  if (result.end == LeaseEnd::kTrialDone) return "done";
  if (sweep_stops) return "paused";
  return was_asked ? "regrouped" : "rung";
}

}  // namespace

void LeaseRecorder::record(const ActiveLease& lease, const LeaseEnded& ended, const LeaseSurroundings& where) {
  lock_.check();
  if (lease.score_test) {
    if (ended.fault) return trials_.keep_test_failure(lease.trial, *ended.fault);
    if (ended.result.end != LeaseEnd::kInterrupted) trials_.keep_test(lease.trial, ended.result.test);
  } else if (ended.fault) {
    trials_.keep_failure(lease.trial, *ended.fault);
    write_timing(lease, where, lease.news.step.step, "failed");
  } else {
    trials_.keep_result(lease.trial, ended.result, where.sweep_stops);
    write_timing(lease, where, ended.result.step, end_word(ended.result, where.sweep_stops, lease.ending));
  }
}

void LeaseRecorder::record_death(const ActiveLease& lease, const LeaseSurroundings& where) {
  lock_.check();
  write_timing(lease, where, lease.news.step.step, "rank died");
  if (lease.score_test) return;
  trials_.keep_failure(lease.trial, {.cause = Cause::kPeerLost, .text = "a rank of its group died"});
}

void LeaseRecorder::write_timing(const ActiveLease& lease, const LeaseSurroundings& where, std::int64_t to_step,
                                 const std::string& end) const {
  const TrialRecord& record = trials_.trial(lease.trial).record;
  append_timing(folder_, {lease.trial, record.starts, static_cast<int>(lease.members.size()), where.host,
                          record.start_step, to_step, where.wall_s, end, utc_now()});
}

}  // namespace unmask
