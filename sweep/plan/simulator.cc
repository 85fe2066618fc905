#include "sweep/plan/simulator.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <utility>

namespace unmask {
namespace {

constexpr std::size_t kFaultsShown = 20;

/// A lease on paper.
struct Lease {
  std::int64_t steps_at_grant = 0;
  std::int64_t steps = 0;  // until it ends
  double first_step_s = 0;
  double step_s = 0;
  std::size_t place = 0;  // of its group among the running ones

  double ends_s() const { return first_step_s + static_cast<double>(steps) * step_s; }
  /// Whole steps done by `now_s`, or, rounded up, at the next step boundary; the last one ends the lease.
  std::int64_t steps_by(double now_s, bool next_boundary) const {
    if (now_s <= first_step_s) return 0;
    const double exact = (now_s - first_step_s) / step_s;
    const double rounding = 1e-9 * (1 + exact);
    const double whole = next_boundary ? std::ceil(exact - rounding) : std::floor(exact + rounding);
    return whole < static_cast<double>(steps) ? static_cast<std::int64_t>(whole) : steps;
  }
};

class Simulation {
 public:
  explicit Simulation(const SimulatedSweep& sweep) : sweep_(sweep), trials_(sweep.trials), paths_(sweep.trials.size()) {
    pool_.mode = sweep.mode;
    pool_.group_size = sweep.group_size;
    pool_.ranks = sweep.ranks;
    pool_.lease_cost_s = sweep.lease_cost_s;
    pool_.gpu_of = sweep.gpu_of;
    for (int rank = 0; rank < sweep.ranks; ++rank) pool_.free_ranks.push_back(rank);
    is_free_.assign(pool_.free_ranks.size(), true);
    most_ranks_ = free_gpus();
    result_.finished_at_s.assign(trials_.size(), 0);
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      const TrialLoad& load = trials_[i];
      if (!place_of_.emplace(load.trial, i).second) fault(load.trial, "is there twice");
      if (load.steps_left > 0) ++unfinished_;
    }
    for (const auto& [trial, place] : place_of_) {
      if (trials_[place].steps_left > 0) pool_.waiting.push_back(trials_[place]);
    }
  }

  SimulationResult run() {
    assign();
    while (drop_outdated_events()) {
      const double limit_s = sweep_.slot_s > 0 ? sweep_.slot_s * result_.starts : events_.top().first;
      if (events_.top().first > limit_s) {
        now_s_ = limit_s;
        if (!start_again()) break;
        continue;
      }
      now_s_ = events_.top().first;
      const double same_s = now_s_ + 1e-9 * (1 + now_s_);  // what ends together is shared out together
      while (drop_outdated_events() && events_.top().first <= same_s) {
        const int lease = events_.top().second;
        events_.pop();
        end(lease);
      }
      assign();
    }
    if (unfinished_ > 0) fault(pool_.waiting.empty() ? -1 : pool_.waiting.front().trial, "was never finished");
    result_.makespan_s = now_s_;
    const double all_s = now_s_ * static_cast<double>(pool_.ranks);
    result_.idle_share = all_s > 0 ? 1 - busy_s_ / all_s : 0;
    result_.bound_s = makespan_bound(trials_, pool_.ranks);
    return std::move(result_);
  }

 private:
  using Event = std::pair<double, int>;  // (time, lease that ends)

  void fault(int trial, const std::string& what) {
    if (result_.faults.size() == kFaultsShown) return;
    result_.faults.push_back("at " + std::to_string(now_s_) + " s: trial " + std::to_string(trial) + " " + what);
  }

  /// How far a trial is on its way through the rungs.
  struct Path {
    int rung = 0;  // the next one
    bool waits = false, begun = false, over = false;
  };

  /// Steps that are left of a trial when it has come to its next rung; 0 = its end.
  std::int64_t left_at_rung(std::size_t place) const {
    const std::int64_t steps = trials_[place].steps_left, parts = sweep_.rungs + 1, rung = paths_[place].rung + 1;
    return rung > sweep_.rungs ? 0 : steps - (steps * rung + parts - 1) / parts;
  }

  /// Everything is killed, and the next start goes on. False if the last one got nowhere.
  bool start_again() {
    while (!pool_.running.empty()) {
      Lease& lease = leases_[static_cast<std::size_t>(pool_.running.back().lease)];
      lease.steps = lease.steps_by(now_s_, false);
      end(pool_.running.back().lease);
    }
    if (std::exchange(steps_of_start_, 0) <= 0) return false;
    ++result_.starts;
    assign();
    return true;
  }

  /// Lets a cohort go on once all of it that is left has come to its rung.
  void pass_rung(int cohort) {
    std::vector<std::size_t> members;
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      if (trials_[i].cohort != cohort || paths_[i].over) continue;
      if (!paths_[i].waits) return;
      members.push_back(i);
    }
    std::ranges::sort(members, {}, [&](std::size_t i) { return trials_[i].trial; });
    const auto kept = static_cast<std::size_t>(std::ceil(sweep_.keep * static_cast<double>(members.size()) - 1e-9));
    for (std::size_t at = 0; at < members.size(); ++at) {
      const std::size_t i = members[at];
      TrialLoad load = trials_[i];
      load.steps_left = left_at_rung(i);
      load.begun = true;
      paths_[i].waits = false;
      ++paths_[i].rung;
      if (at < kept) {
        pool_.waiting.insert(waiting_place(load.trial), load);
      } else {
        finish(i);
      }
    }
  }

  void finish(std::size_t place) {
    paths_[place].over = true;
    result_.finished_at_s[place] = now_s_;
    if (result_.first_done_at_s == 0) result_.first_done_at_s = now_s_;
    --unfinished_;
    --under_way_;
  }

  /// Who is waited for at a rung, as the coordinator tells it to the scheduler.
  void mark_holding_up() {
    if (sweep_.rungs == 0) return;
    std::set<int> waited_in;
    for (std::size_t i = 0; i < trials_.size(); ++i) {
      if (paths_[i].waits) waited_in.insert(trials_[i].cohort);
    }
    for (TrialLoad& load : pool_.waiting) load.holds_up_others = waited_in.contains(load.cohort);
    for (RunningGroup& group : pool_.running) group.load.holds_up_others = waited_in.contains(group.load.cohort);
  }

  void assign() {
    mark_holding_up();
    pool_.may_begin = sweep_.most_under_way - under_way_;
    for (RunningGroup& group : pool_.running) {
      const Lease& lease = leases_[static_cast<std::size_t>(group.lease)];
      group.load.steps_left = lease.steps_at_grant - lease.steps_by(now_s_, false);
    }
    const Schedule next = schedule(pool_);
    check_lone_trial(next);
    for (const Grant& grant : next.grants) begin(grant);
    for (const int lease : next.end_leases) ask_to_end(lease);
    check_idle_ranks();
  }

  void begin(const Grant& grant) {
    const auto waiting = waiting_place(grant.trial);
    if (waiting == pool_.waiting.end() || waiting->trial != grant.trial) {
      return fault(grant.trial, "was granted ranks but does not wait");
    }
    if (!take(grant)) return;
    const int size = static_cast<int>(grant.ranks.size());
    if (useful_group_size(waiting->microbatches, size) != size) fault(grant.trial, "got more ranks than help");
    if (pool_.mode == SweepMode::kConcurrent && size > pool_.group_size)
      fault(grant.trial, "got more than group_size ranks");

    Lease lease;
    const std::size_t place = place_of_.at(grant.trial);
    if (!std::exchange(paths_[place].begun, true)) result_.under_way = std::max(result_.under_way, ++under_way_);
    waiting->begun = true;
    lease.steps_at_grant = waiting->steps_left;
    lease.steps = waiting->steps_left - left_at_rung(place);
    lease.first_step_s = now_s_ + pool_.lease_cost_s;
    lease.step_s = seconds_left(*waiting, size) / static_cast<double>(waiting->steps_left);
    lease.place = pool_.running.size();
    const int id = result_.leases++;
    pool_.running.push_back({*waiting, id, grant.ranks, false});
    pool_.waiting.erase(waiting);
    leases_.push_back(lease);
    events_.emplace(lease.ends_s(), id);
  }

  bool take(const Grant& grant) {
    if (grant.ranks.empty()) return fault(grant.trial, "was granted no rank"), false;
    if (one_of_each_gpu(grant.ranks, pool_.gpu_of) != grant.ranks)
      return fault(grant.trial, "was granted two ranks of a GPU"), false;
    for (const int rank : grant.ranks) {
      if (rank < 0 || rank >= pool_.ranks || !is_free_[static_cast<std::size_t>(rank)]) {
        return fault(grant.trial, "was granted rank " + std::to_string(rank) + ", which is not free"), false;
      }
      is_free_[static_cast<std::size_t>(rank)] = false;
    }
    std::erase_if(pool_.free_ranks, [&](int rank) { return !is_free_[static_cast<std::size_t>(rank)]; });
    return true;
  }

  void ask_to_end(int id) {
    Lease& lease = leases_[static_cast<std::size_t>(id)];
    RunningGroup& group = pool_.running[lease.place];
    if (group.lease != id || group.ending) return fault(group.load.trial, "was asked twice to end its lease");
    group.ending = true;
    // The request is seen at the end of a step: a lease that has just begun runs one.
    const std::int64_t steps = std::max<std::int64_t>(lease.steps_by(now_s_, true), 1);
    if (steps >= lease.steps) return;  // done by then: its event stands
    lease.steps = steps;
    events_.emplace(lease.ends_s(), id);
  }

  /// A lease that ended early still has the event of its planned end. Returns whether an event is left.
  bool drop_outdated_events() {
    while (!events_.empty()) {
      const int id = events_.top().second;
      const std::size_t place = leases_[static_cast<std::size_t>(id)].place;
      if (place < pool_.running.size() && pool_.running[place].lease == id) return true;
      events_.pop();
    }
    return false;
  }

  void end(int id) {
    const Lease& lease = leases_[static_cast<std::size_t>(id)];
    RunningGroup group = std::move(pool_.running[lease.place]);
    if (lease.place + 1 < pool_.running.size()) {
      pool_.running[lease.place] = std::move(pool_.running.back());
      leases_[static_cast<std::size_t>(pool_.running[lease.place].lease)].place = lease.place;
    }
    pool_.running.pop_back();

    steps_of_start_ += static_cast<double>(lease.steps);
    busy_s_ += static_cast<double>(lease.steps) * lease.step_s * static_cast<double>(group.ranks.size());
    for (const int rank : group.ranks) is_free_[static_cast<std::size_t>(rank)] = true;
    const auto old = static_cast<std::ptrdiff_t>(pool_.free_ranks.size());
    pool_.free_ranks.insert(pool_.free_ranks.end(), group.ranks.begin(), group.ranks.end());
    std::inplace_merge(pool_.free_ranks.begin(), pool_.free_ranks.begin() + old, pool_.free_ranks.end());

    group.load.steps_left = lease.steps_at_grant - lease.steps;
    const std::size_t place = place_of_.at(group.load.trial);
    if (group.load.steps_left == 0) {
      finish(place);
    } else if (group.load.steps_left <= left_at_rung(place)) {
      paths_[place].waits = true;
      pass_rung(group.load.cohort);
    } else {
      pool_.waiting.insert(waiting_place(group.load.trial), group.load);
    }
  }

  void check_idle_ranks() {
    const bool full = under_way_ >= sweep_.most_under_way;  // then only those that have begun must not wait
    if (full && std::ranges::none_of(pool_.waiting, &TrialLoad::begun)) return;
    if (pool_.waiting.empty() || pool_.free_ranks.empty()) return;
    const int trial = pool_.waiting.front().trial;
    if (pool_.running.empty()) return fault(trial, "waits while nothing runs");
    if (pool_.mode == SweepMode::kElastic) return fault(trial, "waits while a rank is free");
    if (pool_.mode == SweepMode::kConcurrent && free_gpus() >= std::min(pool_.group_size, most_ranks_)) {
      fault(trial, "waits while a whole group is free");
    }
  }

  int free_gpus() const { return static_cast<int>(one_of_each_gpu(pool_.free_ranks, pool_.gpu_of).size()); }

  /// A trial whose lease ended so that it gets more ranks must find them.
  void check_lone_trial(const Schedule& next) {
    if (pool_.mode != SweepMode::kElastic || pool_.waiting.size() != 1 || pool_.free_ranks.empty()) return;
    for (const RunningGroup& group : pool_.running) {
      if (group.ending) return;  // ranks are kept for it
    }
    const TrialLoad& load = pool_.waiting.front();
    if (!load.begun && pool_.may_begin <= 0) return;
    const int useful = useful_group_size(load.microbatches, free_gpus());
    if (next.grants.size() != 1 || static_cast<int>(next.grants.front().ranks.size()) != useful) {
      fault(load.trial, "did not get all free ranks that help it");
    }
  }

  std::vector<TrialLoad>::iterator waiting_place(int trial) {
    return std::lower_bound(pool_.waiting.begin(), pool_.waiting.end(), trial,
                            [](const TrialLoad& load, int id) { return load.trial < id; });
  }

  const SimulatedSweep& sweep_;
  const std::vector<TrialLoad>& trials_;
  std::vector<Path> paths_;              // by place in `trials`
  std::map<int, std::size_t> place_of_;  // by id, in `trials`
  std::size_t unfinished_ = 0;
  PoolState pool_;
  int most_ranks_ = 1;  // of a group
  std::vector<bool> is_free_;
  std::vector<Lease> leases_;  // all there ever were, by id
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  double now_s_ = 0;
  double busy_s_ = 0;
  double steps_of_start_ = 0;
  int under_way_ = 0;
  SimulationResult result_;
};

/// What a step costs (ranks × length) by its length (microbatches on one rank), for useful sizes and mixtures of two.
class StepCost {
 public:
  StepCost(int microbatches, int ranks) {
    int size = useful_group_size(microbatches, ranks);
    for (; size > 1; size = useful_group_size(microbatches, size - 1)) {
      const int length = (microbatches + size - 1) / size;
      add(length, static_cast<double>(length) * size);
    }
    add(microbatches, microbatches);
  }
  /// The least cost of a step that takes `length` on average.
  double at(double length) const {
    const auto right =
        std::find_if(hull_.begin(), hull_.end(), [&](const auto& point) { return point.first >= length; });
    if (right == hull_.end()) return hull_.back().second;
    if (right == hull_.begin()) return right->second;
    const auto left = right - 1;
    return left->second + (right->second - left->second) * (length - left->first) / (right->first - left->first);
  }

 private:
  /// Keeps the lower convex hull: a size that a mixture of two others beats is left out.
  void add(double length, double cost) {
    const auto beaten = [&](const auto& a, const auto& b) {
      return (b.second - a.second) * (length - a.first) >= (cost - a.second) * (b.first - a.first);
    };
    while (hull_.size() >= 2 && beaten(hull_[hull_.size() - 2], hull_.back())) hull_.pop_back();
    hull_.emplace_back(length, cost);
  }
  std::vector<std::pair<double, double>> hull_;  // (length, cost), longer and cheaper
};

}  // namespace

SimulationResult simulate(const SimulatedSweep& sweep) { return Simulation(sweep).run(); }

double makespan_bound(const std::vector<TrialLoad>& trials, int ranks) {
  std::map<int, StepCost> costs;
  double longest_s = 0, work_s = 0;
  for (const TrialLoad& load : trials) {
    costs.try_emplace(load.microbatches, load.microbatches, ranks);
    longest_s = std::max(longest_s, seconds_left(load, useful_group_size(load.microbatches, ranks)));
    work_s += seconds_left(load, 1);
  }
  const auto fits = [&](double makespan_s) {
    double needed_s = 0;
    for (const TrialLoad& load : trials) {
      const double microbatch_s = static_cast<double>(load.steps_left) * load.microbatch_s;  // one a step
      if (microbatch_s > 0) needed_s += microbatch_s * costs.at(load.microbatches).at(makespan_s / microbatch_s);
    }
    return needed_s <= makespan_s * ranks * (1 + 1e-12);
  };
  double low = std::max(longest_s, work_s / ranks), high = std::max(low, 1e-300);
  if (fits(low)) return low;
  while (!fits(high)) high *= 2;
  for (int i = 0; i < 50; ++i) (fits((low + high) / 2) ? high : low) = (low + high) / 2;
  return low;
}

}  // namespace unmask
