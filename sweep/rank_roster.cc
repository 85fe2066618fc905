#include "sweep/rank_roster.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"

namespace unmask {

RankRoster::RankRoster(int world, std::string numerics, bool any_numerics)
    : world_(world), numerics_(std::move(numerics)), any_numerics_(any_numerics) {}

bool RankRoster::hear(int rank, const RankFree& report) {
  statuses_[rank] = {rank, report.host, report.seconds};
  if (report.lease == 0) {
    numerics_of_[rank] = report.numerics;
    if (is_stranger(report.numerics)) return false;
  }
  if (!report.unfit.empty()) {
    unfit_[rank] = report.unfit;
    return false;
  }
  free_.insert(rank);
  return true;
}

void RankRoster::hear(int rank, const Heartbeat& beat) {
  doing_[rank] = beat.doing;
  if (const auto known = statuses_.find(rank); known != statuses_.end()) known->second.seconds = beat.seconds;
}

bool RankRoster::lose(int rank) {
  free_.erase(rank);
  numerics_of_.erase(rank);
  return lost_.insert(rank).second;
}

void RankRoster::require_workers() const {
  if (std::ranges::any_of(numerics_of_, [&](const auto& greeted) { return may_work(greeted.first); })) return;
  if (!unfit_.empty())
    throw Error(ErrorKind::kFailed, "no rank is left that can work: " + no_work_text(unfit_.begin()->first));
  throw Error(ErrorKind::kFailed,
              "no rank computes the bits of this run (" + numerics_ + "; rank 0: " + numerics_of_.at(0) +
                  "); start it on machines of its kind, or set runtime.numerics = \"any\": it then goes on, and "
                  "says of each trial where it was trained");
}

std::map<std::string, std::set<int>> RankRoster::classes() const {
  std::map<std::string, std::set<int>> classes;
  for (const auto& [rank, numerics] : numerics_of_) {
    if (may_work(rank)) classes[numerics].insert(rank);
  }
  return classes;
}

std::vector<int> RankRoster::free_of(const std::set<int>& ranks) const {
  std::vector<int> free;
  std::ranges::set_intersection(free_, ranks, std::back_inserter(free));
  return free;
}

std::vector<int> RankRoster::largest_free_class() const {
  std::vector<int> largest;
  for (const auto& [numerics, ranks] : classes()) {
    const std::vector<int> free = free_of(ranks);
    if (free.size() > largest.size()) largest = free;
  }
  return largest;
}

std::string RankRoster::host(int rank) const {
  const auto known = statuses_.find(rank);
  return known == statuses_.end() ? "" : known->second.host;
}

std::string RankRoster::name(int rank) const {
  return "rank " + std::to_string(rank) + (statuses_.contains(rank) ? " on " + host(rank) : "");
}

std::string RankRoster::doing(int rank) const {
  const auto known = doing_.find(rank);
  return known == doing_.end() ? "" : known->second;
}

std::string RankRoster::no_work_text(int rank) const {
  if (unfit_.contains(rank))
    return name(rank) + " can't work any more (" + unfit_.at(rank) +
           "): it gets no work until the run is started again";
  return name(rank) + " computes other bits than this run (" + numerics_of(rank) + ", the run: " + numerics_ +
         "): it gets no work unless runtime.numerics = \"any\"";
}

std::vector<RankStatus> RankRoster::statuses() const {
  std::vector<RankStatus> list;
  for (const auto& [rank, status] : statuses_) list.push_back(status);
  return list;
}

}  // namespace unmask
