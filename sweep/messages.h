// What the coordinator and the ranks write to each other (over RankNetwork): small texts of JSON.
//
//   network.send(kCoordinatorRank, RankNetwork::Box::kCoordinator, to_text(Report(StopAsked{})));
//   const Report report = report_from(message->text);
//   if (const auto* news = std::get_if<LeaseNews>(&report)) show(news->step);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "model/train/lease.h"
#include "sweep/plan/lease_order.h"
#include "sweep/plan/rank_seconds.h"

namespace unmask {

inline constexpr int kCoordinatorRank = 0;

/// What a rank is doing (Heartbeat::doing) before its lease opens.
inline constexpr char kMakingGroup[] = "making the group";

/// Coordinator to a group's leader: end the lease at the next step boundary.
struct EndLease {
  int lease = 0;
};
/// Coordinator to all ranks: nothing is left to do.
struct Quit {
  int exit_code = 0;
  std::string error;  // not empty: every rank throws it
};
using Instruction = std::variant<LeaseOrder, EndLease, Quit>;

/// Leader to coordinator, at most a few times a second.
struct LeaseNews {
  int lease = 0;
  TrainObserver::StepNews step;
  double step_s = 0;   // wall time a step, smoothed
  std::string note;    // a line for people; "" = none
  std::string epoch;   // one line about a finished epoch; "" = none
  double score_s = 0;  // wall time of the last epoch's scoring; 0: none yet
};
/// Leader to coordinator: how the lease ended. Its members are busy until each says RankFree.
struct LeaseEnded {
  int lease = 0;
  LeaseResult result;
  std::optional<Fault> fault;  // it failed with this
};
/// Any rank to coordinator, at once: it has failed in a way that its group doesn't know of, and whose other ranks may
/// wait for it for ever. None of them becomes free again.
struct LeaseBroken {
  int lease = 0;
  Fault fault;
};
/// Every rank to coordinator: it is free (again).
struct RankFree {
  int lease = 0;         // that it left; 0 at the start
  std::string numerics;  // at the start: its numerics class
  std::string host;
  RankSeconds seconds;
  std::string unfit = {};  // why it can't work any more; "" = it can
};
/// Any rank to coordinator: a signal asked it to stop.
struct StopAsked {};
/// Every rank to coordinator, all the time: it lives, and what it is doing (dist/progress.h).
struct Heartbeat {
  int lease = 0;
  std::int64_t count = 0;
  std::string doing, operation;
  std::int64_t sequence = 0;
  std::string host;
  RankSeconds seconds = {};  // up to now
};
using Report = std::variant<LeaseNews, LeaseEnded, LeaseBroken, RankFree, StopAsked, Heartbeat>;

std::string to_text(const Instruction& instruction);
std::string to_text(const Report& report);
/// THROW Error(kFailed) on anything that the other two did not write.
Instruction instruction_from(const std::string& text);
Report report_from(const std::string& text);

}  // namespace unmask
