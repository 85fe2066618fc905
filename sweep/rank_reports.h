// What the ranks tell rank zero, kept where it belongs: who is free, which leases are at work and how they ended, who
// has fallen silent. The loop that asks them and decides what follows is coordinator.h.
//
//   RankReports reports(options, network.world(), trials, folder, lock);
//   reports.hear(message->from, report_from(message->text));  // each message, as it comes
//   for (const int rank : network.lost()) reports.lose(rank);  // as often as one likes
//   const LeaseOrder order = reports.open(trials.start_training(7, {2, 3}, numerics));
#pragma once

#include <chrono>
#include <string>

#include "base/seconds_since.h"
#include "sweep/coordinator.h"
#include "sweep/lease_recorder.h"
#include "sweep/lease_table.h"
#include "sweep/liveness.h"
#include "sweep/messages.h"
#include "sweep/rank_roster.h"

namespace unmask {

/// Rank zero; one thread. What is heard is written to the ledger by LeaseRecorder, whose faults all functions THROW.
class RankReports {
 public:
  /// All references must outlive it. `world`: ranks of the job.
  RankReports(const CoordinatorOptions& options, int world, TrialTable& trials, const RunFolder& folder, RunLock& lock);

  void hear(int rank, const Report& report);
  /// It has died, where MPI survives that: its group's lease ends, all others go on.
  void lose(int rank);
  /// An alarm if a rank gives no sign of life.
  void watch();
  /// Nothing more is recorded, after a fault: the next start finds the trials running, with their checkpoints.
  void stop_recording() { records_ = false; }
  /// As if a rank had asked for it.
  void stop() { stopping_ = true; }

  /// A lease begins for order.members: with its number, to be sent to each.
  LeaseOrder open(LeaseOrder order);
  /// False: it was asked to end, or it has.
  bool ask_to_end(int lease) { return leases_.ask_to_end(lease); }

  const RankRoster& ranks() const { return ranks_; }
  const LeaseTable& leases() const { return leases_; }
  /// The sweep is to stop: it was asked to, a group was, or one can't end.
  bool stopping() const { return stopping_; }
  /// Why a lease can't end: a rank failed without its group. "" = none.
  const std::string& broken() const { return broken_; }
  /// Since it was asked last, something came that other ranks may get work by.
  bool take_change();
  double now_s() const { return seconds_since(started_); }

 private:
  void take(int rank, const RankFree& free);
  void take(int rank, const LeaseNews& news);
  void take(int rank, const LeaseEnded& ended);
  void take(int rank, const LeaseBroken& broken);
  void take(int rank, const StopAsked&);
  void take(int rank, const Heartbeat& beat);
  void leave(int rank, int lease);
  LeaseSurroundings surroundings(const ActiveLease& lease) const;
  void note(const std::string& text) const;

  const CoordinatorOptions& options_;
  TrialTable& trials_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  RankRoster ranks_;
  LeaseTable leases_;
  LeaseRecorder recorder_;
  Liveness liveness_;
  bool records_ = true, stopping_ = false, changed_ = true;
  bool ranks_died_ = false;  // also one whose death only its group has seen so far
  std::string broken_;
};

}  // namespace unmask
