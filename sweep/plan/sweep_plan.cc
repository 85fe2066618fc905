#include "sweep/plan/sweep_plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "sweep/plan/space_value.h"

namespace unmask {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// The same text whatever the order of the keys in the config.
std::string sorted_text(SpacePoint point) {
  std::sort(point.begin(), point.end());
  return point_text(point);
}

bool is_active(const std::vector<SpaceKey>& space, const SpacePoint& values, const SpaceKey& key) {
  if (key.when_key.empty()) return true;
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (space[i].key != key.when_key) continue;
    return contains(key.when_values, values[i].second) && is_active(space, values, space[i]);
  }
  return false;
}

/// A point and a repeat that the options ask for.
struct Wanted {
  int point_index = 0, repeat = 0;
  bool drawn = true;
  SpacePoint point;
};

std::string count_refusal(const char* key, int run, int config, const char* what) {
  return std::string(key) + ": the run has " + std::to_string(run) + ", the config has " + std::to_string(config) +
         ": " + what + " can be added, not taken away";
}

void refuse_repeats(const SweepOptions& options, const std::vector<PlannedTrial>& known, SweepPlan& plan) {
  int repeats = 0;
  for (const PlannedTrial& trial : known) repeats = std::max(repeats, trial.repeat + 1);
  if (repeats > options.repeats) {
    plan.refusal.push_back(count_refusal("sweep.repeats", repeats, options.repeats, "repeats"));
  }
}

/// Why a known point is none of the grid's.
std::string point_refusal(const SweepOptions& options, const PlannedTrial& trial) {
  for (const auto& [name, value] : trial.point) {
    std::string place = "sweep.space.";
    place.append(name).append(": the run ");
    const auto key = std::find_if(options.space.begin(), options.space.end(),
                                  [&, &wanted = name](const SpaceKey& each) { return each.key == wanted; });
    if (key == options.space.end()) return place + "varies it, the config doesn't: keys of a grid can't be taken away";
    if (contains(key->choices, value)) continue;
    place.append("has the value ").append(value);
    return place + ", the config doesn't: values can be added, not taken away";
  }
  return "sweep.space: the run has the point \"" + point_text(trial.point) +
         "\", which is none of the config's: keys and conditions of a grid can't change";
}

std::vector<Wanted> wanted_of_grid(const SweepOptions& options, const std::vector<PlannedTrial>& known,
                                   SweepPlan& plan) {
  const std::vector<SpacePoint> points = grid_points(options.space);
  std::set<std::string> texts;
  for (const SpacePoint& point : points) texts.insert(sorted_text(point));
  for (const PlannedTrial& trial : known) {
    if (texts.contains(sorted_text(trial.point))) continue;
    const std::string line = point_refusal(options, trial);
    if (!contains(plan.refusal, line)) plan.refusal.push_back(line);
  }
  std::vector<Wanted> wanted;
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (int repeat = 0; repeat < options.repeats; ++repeat) {
      wanted.push_back({static_cast<int>(i), repeat, true, points[i]});
    }
  }
  return wanted;
}

std::vector<Wanted> wanted_draws(const SweepOptions& options, std::uint64_t seed,
                                 const std::vector<PlannedTrial>& known, SweepPlan& plan) {
  int trials = 0;
  std::map<int, const PlannedTrial*> drawn;  // repeats share their point
  for (const PlannedTrial& trial : known) {
    trials = std::max(trials, trial.point_index + 1);
    if (trial.drawn) drawn.emplace(trial.point_index, &trial);
  }
  if (trials > options.trials) {
    plan.refusal.push_back(count_refusal("sweep.trials", trials, options.trials, "trials"));
  }
  const bool tpe = resolved_sampler(options) == Sampler::kTpe;
  std::vector<Wanted> wanted;
  for (int i = 0; i < options.trials; ++i) {
    Wanted each{i, 0, true, {}};
    const auto before = drawn.find(i);
    if (before != drawn.end()) {
      each.point = before->second->point;
    } else if (tpe && i * std::int64_t{options.repeats} >= options.cohort) {
      each.drawn = false;
    } else {
      each.point = random_point(options.space, seed, i);
    }
    for (each.repeat = 0; each.repeat < options.repeats; ++each.repeat) wanted.push_back(each);
  }
  return wanted;
}

std::string trial_text(const PlannedTrial& trial) {
  return "\"" + sorted_text(trial.point) + "\", repeat " + std::to_string(trial.repeat);
}

std::string renumbered_text(int id, const std::string& run, const std::string& config) {
  return "trial " + std::to_string(id) + ": the run has " + run + ", the config makes it " + config +
         ": slices can only grow behind their last trial (sweep.trials, or values of the first key of a grid)";
}

}  // namespace

std::string point_text(const SpacePoint& point) {
  std::string text;
  for (const auto& [key, value] : point) {
    if (!text.empty()) text += "; ";
    text.append(key).append(" = ").append(value);
  }
  return text;
}

SpacePoint active_keys(const std::vector<SpaceKey>& space, const SpacePoint& values) {
  SpacePoint point;
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (is_active(space, values, space[i])) point.push_back(values[i]);
  }
  return point;
}

SpacePoint random_point(const std::vector<SpaceKey>& space, std::uint64_t seed, int i) {
  SpacePoint values;
  for (const SpaceKey& key : space) {
    Draws draws = space_draws(key, seed, i, SpaceDraw::kRandom);
    values.emplace_back(key.key, draw_value(key, draws));
  }
  return active_keys(space, values);
}

std::vector<SpacePoint> grid_points(const std::vector<SpaceKey>& space) {
  std::vector<SpacePoint> points;
  std::set<std::string> seen;
  std::vector<std::size_t> digits(space.size(), 0);
  while (true) {
    SpacePoint values;
    for (std::size_t k = 0; k < space.size(); ++k) values.emplace_back(space[k].key, space[k].choices[digits[k]]);
    SpacePoint point = active_keys(space, values);
    if (seen.insert(point_text(point)).second) points.push_back(std::move(point));
    std::size_t k = space.size();
    while (k > 0 && ++digits[k - 1] == space[k - 1].choices.size()) digits[--k] = 0;
    if (k == 0) return points;
  }
}

Sampler resolved_sampler(const SweepOptions& options) {
  if (options.sampler != Sampler::kAuto) return options.sampler;
  return options.trials > 0 ? Sampler::kRandom : Sampler::kGrid;
}

SweepPlan plan_sweep(const SweepOptions& options, std::uint64_t seed, const std::vector<PlannedTrial>& known) {
  SweepPlan plan;
  plan.trials = known;
  const Sampler sampler = resolved_sampler(options);
  refuse_repeats(options, known, plan);
  std::vector<Wanted> wanted =
      sampler == Sampler::kGrid ? wanted_of_grid(options, known, plan) : wanted_draws(options, seed, known, plan);
  if (!plan.refusal.empty()) return plan;

  const auto name = [&](const SpacePoint& point, int index, int repeat) {
    return (sampler == Sampler::kGrid ? sorted_text(point) : std::to_string(index)) + " #" + std::to_string(repeat);
  };
  std::set<std::string> have;
  for (const PlannedTrial& trial : known) have.insert(name(trial.point, trial.point_index, trial.repeat));
  // A ledger made anew from the trials' folders lacks those that never started: they take their numbers again.
  std::set<int> taken;
  for (const PlannedTrial& trial : known) taken.insert(trial.id);
  const bool has_gaps = !known.empty() && *taken.rbegin() + 1 != static_cast<int>(known.size());
  int id = 0;
  for (Wanted& each : wanted) {
    if (have.contains(name(each.point, each.point_index, each.repeat))) continue;
    while (taken.contains(id)) ++id;
    taken.insert(id);
    plan.trials.push_back({id, each.point_index, each.repeat, id / options.cohort, each.drawn, std::move(each.point)});
    ++plan.added;
  }
  const bool by_cohorts = options.stop != StoppingRule::kNone || sampler == Sampler::kTpe;
  std::ranges::sort(plan.trials, {}, &PlannedTrial::id);
  if (by_cohorts && plan.added > 0 && !has_gaps && known.size() % static_cast<std::size_t>(options.cohort) != 0) {
    const std::string key = sampler == Sampler::kGrid ? "sweep.space" : "sweep.trials";
    plan.refusal.push_back(key + ": the run has " + std::to_string(known.size()) +
                           " trials, no multiple of sweep.cohort = " + std::to_string(options.cohort) +
                           ", so its last cohort can't take new ones: \"" +
                           (sampler == Sampler::kTpe ? to_word(sampler) : to_word(options.stop)) +
                           "\" looks at whole cohorts; set trials and repeats back, or take a new --run folder");
  }
  return plan;
}

std::string slice_fault(const SweepOptions& options) {
  const std::string so = ": its slices would have to wait for each other; run it without --slice, or set it to ";
  if (resolved_sampler(options) == Sampler::kTpe)
    return "sweep.sampler = \"tpe\" draws by the results of all trials" + so + "\"random\"";
  if (options.stop != StoppingRule::kNone)
    return "sweep.stop = \"" + to_word(options.stop) + "\" compares all trials" + so + "\"none\"";
  return "";
}

std::string numbering_fault(const std::vector<PlannedTrial>& run, const std::vector<PlannedTrial>& config) {
  for (std::size_t id = 0; id < std::min(run.size(), config.size()); ++id) {
    const std::string before = trial_text(run[id]), now = trial_text(config[id]);
    if (before != now) return renumbered_text(static_cast<int>(id), before, now);
  }
  return "";
}

SweepPlan plan_slice(const SweepOptions& options, std::uint64_t seed, const std::vector<PlannedTrial>& known,
                     const Slice& slice) {
  SweepPlan plan;
  plan.refusal = plan_sweep(options, seed, known).refusal;  // what any sweep refuses, in its words
  if (!plan.refusal.empty()) return plan;
  const std::vector<PlannedTrial> all = plan_sweep(options, seed, {}).trials;
  std::map<int, const PlannedTrial*> by_id;
  for (const PlannedTrial& trial : known) by_id[trial.id] = &trial;
  for (const auto& [id, trial] : by_id) {
    const bool is_there = id < static_cast<int>(all.size());
    if (is_there && slice.holds(id) && trial_text(all[static_cast<std::size_t>(id)]) == trial_text(*trial)) continue;
    plan.refusal.push_back(
        renumbered_text(id, trial_text(*trial), is_there ? trial_text(all[static_cast<std::size_t>(id)]) : "no trial"));
    return plan;  // the others moved with it
  }
  for (const PlannedTrial& trial : all) {
    if (!slice.holds(trial.id)) continue;
    const auto old = by_id.find(trial.id);
    plan.added += old == by_id.end() ? 1 : 0;
    plan.trials.push_back(old == by_id.end() ? trial : *old->second);
  }
  return plan;
}

}  // namespace unmask
