#include "sweep/plan/sweep_options.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/number_text.h"
#include "base/option_faults.h"
#include "model/score/dataset_scores.h"
#include "sweep/plan/objective.h"
#include "sweep/plan/sweep_plan.h"

namespace unmask {
namespace {

using Kind = SpaceKey::Kind;

/// Beyond these an integer of a config is no longer exact as a double.
constexpr double kMostInteger = 9007199254740992.0;

std::string place(const SpaceKey& key) { return "sweep.space." + key.key; }

const SpaceKey* find_key(const std::vector<SpaceKey>& space, const std::string& name) {
  const auto found = std::find_if(space.begin(), space.end(), [&](const SpaceKey& key) { return key.key == name; });
  return found == space.end() ? nullptr : &*found;
}

std::string range_fault(const SpaceKey& key) {
  const std::string got = number_text(key.low) + " and " + number_text(key.high);
  if (key.kind == Kind::kChoice) return key.choices.empty() ? "choice must hold at least one value, got []" : "";
  if (!std::isfinite(key.low) || !std::isfinite(key.high)) return "a range's ends must be finite, got " + got;
  if (key.low > key.high) return "a range's low end comes first, got " + got;
  if (key.kind == Kind::kLogUniform && key.low <= 0) return "log_uniform needs ends above 0, got " + got;
  if (key.kind == Kind::kLogUniform && !std::isfinite(key.high / key.low)) return "the range is too wide, got " + got;
  if (!std::isfinite(key.high - key.low)) return "the range is too wide, got " + got;
  if (key.kind != Kind::kInteger) return "";
  if (key.low != std::floor(key.low) || key.high != std::floor(key.high)) {
    return "integer needs whole numbers, got " + got;
  }
  if (key.low < -kMostInteger || key.high > kMostInteger) return "integer goes to ±2^53, got " + got;
  return "";
}

std::string condition_fault(const SpaceKey& key, const std::vector<SpaceKey>& space) {
  const SpaceKey* other = find_key(space, key.when_key);
  if (other == nullptr) return "when names " + key.when_key + ", which the space doesn't vary";
  if (other->kind != Kind::kChoice) return "when must name a key with choices; " + key.when_key + " is a range";
  if (key.when_values.empty()) return "when must hold at least one value of " + key.when_key;
  for (const std::string& value : key.when_values) {
    if (std::find(other->choices.begin(), other->choices.end(), value) != other->choices.end()) continue;
    return "when waits for " + key.when_key + " = " + value + ", which is none of its choices";
  }
  std::string way = key.key;
  for (std::size_t steps = 0; other != nullptr && !other->when_key.empty(); other = find_key(space, other->when_key)) {
    way += " → " + other->key;
    if (other->when_key == key.key || ++steps > space.size()) {
      return "the conditions go in a circle: " + way + " → " + other->when_key;
    }
  }
  return "";
}

void check_space(const SweepOptions& options, OptionFaults& faults) {
  for (std::size_t i = 0; i < options.space.size(); ++i) {
    const SpaceKey& key = options.space[i];
    const auto add = [&](const std::string& fault) {
      if (!fault.empty()) faults.add(place(key) + ": " + fault);
    };
    if (find_key(options.space, key.key) != &key) add("the space has this key twice");
    add(range_fault(key));
    if (!key.when_key.empty()) add(condition_fault(key, options.space));
    if (key.kind != Kind::kChoice && resolved_sampler(options) == Sampler::kGrid) {
      add("a grid takes choices only; say sweep.trials for random points, or choice = [...] here");
    }
  }
}

/// Trials of a grid before conditions make points equal; saturates.
double grid_size(const SweepOptions& options) {
  double points = 1;
  for (const SpaceKey& key : options.space) points *= static_cast<double>(std::max<std::size_t>(key.choices.size(), 1));
  return points;
}

void check_size(const SweepOptions& options, OptionFaults& faults) {
  const bool grid = resolved_sampler(options) == Sampler::kGrid;
  const std::string most = std::to_string(kMostTrials);
  if (grid && options.trials > 0) {
    faults.add("sweep.trials is for random and tpe: a grid takes all of its points; leave it out, got " +
               std::to_string(options.trials));
  }
  if (!grid && options.trials == 0) {
    faults.add("sweep.trials must say how many points \"" + to_word(options.sampler) + "\" draws, got 0");
  }
  if (!grid && options.trials > 1 && options.space.empty()) {
    faults.add(
        "sweep.trials must be 1 where [sweep.space] is empty (all would be equal; sweep.repeats varies the "
        "seed), got " +
        std::to_string(options.trials));
  }
  const double points = grid ? grid_size(options) : options.trials;
  if (points * options.repeats > kMostTrials) {
    faults.add(std::string(grid ? "sweep.space" : "sweep.trials") + " makes " + number_text(points) + " × " +
               std::to_string(options.repeats) + " trials: more than " + most +
               (grid ? "; draw some by sweep.trials" : ""));
  }
}

}  // namespace

std::vector<std::string> validate(const SweepOptions& options) {
  OptionFaults faults;
  faults.at_least("sweep.group_size", options.group_size, 1);
  faults.at_least("sweep.cohort", options.cohort, 1);
  faults.at_least("sweep.rungs", options.rungs, 1);
  faults.at_least("sweep.keep_best", options.keep_best, 1);
  faults.need(options.keep > 0 && options.keep <= 1, "sweep.keep", "above 0 and at most 1", options.keep);
  if (!parse_objective(options.objective, "loss")) {
    std::string scores;
    for (const std::string& name : score_names()) scores += (scores.empty() ? "" : ", ") + name;
    faults.add("sweep.objective must be \"mean\", \"worst\" or \"val.<dataset>.<metric>\" with one of " + scores +
               "; got \"" + options.objective + "\"");
  }
  const bool trials = faults.at_least("sweep.trials", options.trials, 0);
  const bool repeats = faults.at_least("sweep.repeats", options.repeats, 1);
  if (trials && repeats) check_size(options, faults);
  const bool varies_data = std::ranges::find(options.space, "data.train", &SpaceKey::key) != options.space.end();
  if (options.sampler == Sampler::kTpe && varies_data) {
    faults.add(
        "sweep.sampler must not be \"tpe\" where data.train varies: it learns from trials that can be compared, which "
        "only those of equal training datasets can; use \"random\", or one sweep for each choice");
  }
  check_space(options, faults);
  return faults.take();
}

}  // namespace unmask
