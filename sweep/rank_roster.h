// The ranks of a sweep, as rank zero knows them: who has greeted, who is free, who is lost, who computes which bits and
// where each one's time went. Pure.
//
//   RankRoster ranks(network.world(), "avx512 bf16", false);
//   if (!ranks.hear(3, report)) note(ranks.no_work_text(3));  // rank 3 says that it is free
//   for (const auto& [numerics, members] : ranks.classes()) ranks.free_of(members);
//   ranks.take(3);                                             // it has a lease
//   ranks.lose(3);                                             // it has died
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sweep/messages.h"
#include "sweep/run/status_file.h"

namespace unmask {

class RankRoster {
 public:
  /// `numerics`: the class of the run. A rank of another class is a stranger, which gets no work, unless
  /// `any_numerics`.
  RankRoster(int world, std::string numerics, bool any_numerics);

  /// A rank says that it is free: at its start (the report's lease is 0), and after each lease. False: it gets no work,
  /// since it has greeted and is a stranger, or has become unfit (its GPU has failed).
  bool hear(int rank, const RankFree& report);
  /// What it does, and where its time went so far.
  void hear(int rank, const Heartbeat& beat);
  /// It works on a lease, and is not free until it says so.
  void take(int rank) { free_.erase(rank); }
  /// It has died, and is no longer waited for. False: that was known.
  bool lose(int rank);

  bool is_lost(int rank) const { return lost_.contains(rank); }
  int world() const { return world_; }
  int living() const { return world_ - static_cast<int>(lost_.size()); }
  /// Every living rank has greeted.
  bool all_greeted() const { return static_cast<int>(numerics_of_.size()) == living(); }
  /// THROWS Error(kFailed) where all that have greeted are strangers or unfit.
  void require_workers() const;

  /// Ranks that may work together, free or not, by numerics class. One class, unless `any_numerics`. No stranger, and
  /// nobody who is unfit.
  std::map<std::string, std::set<int>> classes() const;
  /// The free ones of these, ascending.
  std::vector<int> free_of(const std::set<int>& ranks) const;
  /// The free ranks of the class that has most of them; of equal ones the first. Ascending.
  std::vector<int> largest_free_class() const;
  /// REQUIRES: the rank has greeted and is not lost.
  const std::string& numerics_of(int rank) const { return numerics_of_.at(rank); }

  /// "rank 3 on node1", or "rank 3" as long as it has not greeted.
  std::string name(int rank) const;
  /// "" as long as it has not greeted.
  std::string host(int rank) const;
  /// What its last heartbeat said: "training", "scoring base/val 40%"; "" where there was none yet.
  std::string doing(int rank) const;
  /// Why such a rank gets no work, for people.
  std::string no_work_text(int rank) const;
  /// What each rank that has ever greeted did so far, by rank; the lost ones too.
  std::vector<RankStatus> statuses() const;

 private:
  bool is_stranger(const std::string& numerics) const { return !any_numerics_ && numerics != numerics_; }
  bool may_work(int rank) const { return !is_stranger(numerics_of_.at(rank)) && !unfit_.contains(rank); }

  int world_;
  std::string numerics_;
  bool any_numerics_;
  std::map<int, std::string> numerics_of_;  // of the living ranks that have greeted
  std::set<int> free_, lost_;
  std::map<int, std::string> unfit_;  // why
  std::map<int, RankStatus> statuses_;
  std::map<int, std::string> doing_;
};

}  // namespace unmask
