#include "sweep/plan/tpe.h"

#include <algorithm>
#include <cmath>

#include "sweep/plan/space_value.h"

namespace unmask {
namespace {

constexpr std::size_t kFewest = 4;  // observations before anything is learned
constexpr double kGoodShare = 0.1;  // of the observations
constexpr std::size_t kMostGood = 25;
// A cohort learns from one history at once, so few candidates are compared: the best of many would put all of its
// points on one spot. Choices are drawn from the good ones' shares as they are,
// or an early favourite would never be left again.
constexpr int kCandidates = 4;

struct Split {
  std::vector<const Observation*> good, bad;
};

bool has_value(const Observation& seen) { return seen.objective && !std::isnan(*seen.objective); }

/// The best share is good; ties by place in the history.
Split split_history(const std::vector<Observation>& history) {
  std::vector<const Observation*> order;
  std::size_t values = 0;
  for (const Observation& seen : history) {
    order.push_back(&seen);
    if (has_value(seen)) ++values;
  }
  std::stable_sort(order.begin(), order.end(), [](const Observation* a, const Observation* b) {
    if (!has_value(*a) || !has_value(*b)) return has_value(*a) && !has_value(*b);
    return *a->objective > *b->objective;
  });
  const auto share = static_cast<std::size_t>(std::ceil(kGoodShare * static_cast<double>(history.size())));
  const auto good = static_cast<std::ptrdiff_t>(std::min({share, kMostGood, values}));
  return {{order.begin(), order.begin() + good}, {order.begin() + good, order.end()}};
}

/// The values of a key among observations where it was varied.
std::vector<std::string> values_of(const SpaceKey& key, const std::vector<const Observation*>& seen) {
  std::vector<std::string> values;
  for (const Observation* each : seen) {
    for (const auto& [name, value] : each->point) {
      if (name == key.key) values.push_back(value);
    }
  }
  return values;
}

/// A choice by its count among `values`, and one observation's worth spread over all.
std::string draw_choice(const SpaceKey& key, const std::vector<std::string>& values, Draws& draws) {
  double left = unit_draw(draws) * static_cast<double>(values.size() + 1);
  for (const std::string& choice : key.choices) {
    const auto count = std::count(values.begin(), values.end(), choice);
    left -= static_cast<double>(count) + 1.0 / static_cast<double>(key.choices.size());
    if (left < 0) return choice;
  }
  return key.choices.back();
}

/// Density over places in [0, 1]: a triangle on every observation, as wide as the larger gap to its neighbours, folded
/// back at the ends, and one observation's worth spread evenly. Triangles need no exp, and their draws no log.
class PlaceDensity {
 public:
  PlaceDensity(const SpaceKey& key, const std::vector<std::string>& values) {
    for (const std::string& value : values) centres_.push_back(place_of(key, value));
    std::sort(centres_.begin(), centres_.end());
    const double narrowest = 2 / static_cast<double>(std::min<std::size_t>(centres_.size() + 1, 50) + 1);
    for (std::size_t i = 0; i < centres_.size(); ++i) {
      const double left = centres_[i] - (i == 0 ? 0 : centres_[i - 1]);
      const double right = (i + 1 == centres_.size() ? 1 : centres_[i + 1]) - centres_[i];
      widths_.push_back(std::clamp(std::max(left, right), std::min(narrowest, 1.0), 1.0));
    }
  }
  double at(double place) const {
    double sum = 1;
    for (std::size_t i = 0; i < centres_.size(); ++i) {
      sum += triangle(place, i) + triangle(-place, i) + triangle(2 - place, i);
    }
    return sum / static_cast<double>(centres_.size() + 1);
  }
  double draw(Draws& draws) const {
    const std::size_t i = draws.below(static_cast<std::uint32_t>(centres_.size() + 1));
    const double a = unit_draw(draws), b = unit_draw(draws);
    if (i == centres_.size()) return a;
    const double place = centres_[i] + (a - b) * widths_[i];
    return place < 0 ? -place : place > 1 ? 2 - place : place;
  }

 private:
  double triangle(double place, std::size_t i) const {
    const double away = std::abs(place - centres_[i]) / widths_[i];
    return away < 1 ? (1 - away) / widths_[i] : 0;
  }
  std::vector<double> centres_, widths_;
};

/// A place that is likelier good than bad: the one of a few draws with the best ratio; the first of equals.
double draw_place(const PlaceDensity& good, const PlaceDensity& bad, Draws& draws) {
  double best = good.draw(draws);
  for (int i = 1; i < kCandidates; ++i) {
    const double candidate = good.draw(draws);
    if (good.at(candidate) * bad.at(best) > good.at(best) * bad.at(candidate)) best = candidate;
  }
  return best;
}

std::string learned_value(const SpaceKey& key, const Split& seen, Draws& draws) {
  const std::vector<std::string> good = values_of(key, seen.good);
  if (key.kind == SpaceKey::Kind::kChoice) return draw_choice(key, good, draws);
  return value_at(key, draw_place(PlaceDensity(key, good), PlaceDensity(key, values_of(key, seen.bad)), draws));
}

}  // namespace

SpacePoint tpe_point(const std::vector<SpaceKey>& space, std::uint64_t seed, int i,
                     const std::vector<Observation>& history) {
  const Split seen = split_history(history);
  if (history.size() < kFewest || seen.good.empty()) return random_point(space, seed, i);
  SpacePoint values;
  for (const SpaceKey& key : space) {
    Draws draws = space_draws(key, seed, i, SpaceDraw::kTpe);
    values.emplace_back(key.key, learned_value(key, seen, draws));
  }
  return active_keys(space, values);
}

}  // namespace unmask
