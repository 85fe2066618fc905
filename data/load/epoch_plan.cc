#include "data/load/epoch_plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "base/error.h"
#include "base/number_text.h"
#include "base/philox.h"
#include "data/load/shard_plan.h"

namespace unmask {
namespace {

/// Whole numbers in the ratio of the weights that add up to `total`: rounded down, and one more where the fraction is
/// largest, the first of equal ones.
std::vector<std::uint32_t> shares(std::span<const double> weights, std::uint32_t total) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<std::uint32_t> parts;
  std::vector<double> fractions;
  std::uint32_t left = total;
  for (const double weight : weights) {
    const double exact = total * (weight / sum);
    parts.push_back(std::min(left, static_cast<std::uint32_t>(exact)));
    left -= parts.back();
    fractions.push_back(exact - parts.back());
  }
  for (; left > 0; --left) {
    const auto largest = std::max_element(fractions.begin(), fractions.end());
    parts[static_cast<std::size_t>(largest - fractions.begin())] += 1;
    *largest -= 1;
  }
  return parts;
}

void require_members(const DrawGroup& group, const std::string& whose, bool by_label) {
  if (!group.members.empty() || group.slots == 0) return;
  const std::string what = !by_label ? "crop" : group.label == 0 ? "real crop" : "fake crop";
  throw Error(ErrorKind::kData, whose + " has no " + what + " to draw" +
                                    (by_label ? "; data.balance = \"sampler\" needs both classes" : ""));
}

std::vector<DrawGroup> groups_of(std::span<const SampleKind> kinds, std::span<const DatasetPart> parts,
                                 bool balance_classes, std::uint32_t epoch_slots, const std::string& whole) {
  const bool by_dataset = !parts.empty();
  std::vector<double> weights;
  for (const DatasetPart& part : parts) weights.push_back(part.weight);
  if (!by_dataset) weights = {1};
  const std::vector<std::uint32_t> slots = shares(weights, epoch_slots);
  const std::size_t labels = balance_classes ? 2 : 1;
  std::vector<DrawGroup> groups(slots.size() * labels);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::uint32_t all = slots[i / labels];
    groups[i].label = static_cast<std::uint8_t>(i % labels);
    groups[i].slots = !balance_classes ? all : i % 2 == 0 ? all - all / 2 : all / 2;
  }
  for (std::size_t sample = 0; sample < kinds.size(); ++sample) {
    const std::size_t dataset = by_dataset ? kinds[sample].dataset : 0;
    const std::size_t label = balance_classes && kinds[sample].label != 0 ? 1 : 0;
    groups.at(dataset * labels + label).members.push_back(static_cast<std::uint32_t>(sample));
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    require_members(groups[i], by_dataset ? "dataset " + parts[i / labels].name : whole, balance_classes);
  }
  return groups;
}

}  // namespace

std::vector<DrawGroup> plan_groups(std::span<const SampleKind> kinds, std::span<const DatasetPart> parts,
                                   bool balance_classes) {
  return groups_of(kinds, parts, balance_classes, static_cast<std::uint32_t>(kinds.size()), "data.train");
}

std::uint32_t replayed_slots(std::uint32_t fresh, double share) {
  const double slots = std::round(fresh * share / (1 - share));
  if (slots + fresh < std::numeric_limits<std::uint32_t>::max()) return static_cast<std::uint32_t>(slots);
  throw Error(ErrorKind::kUsage, "data.replay = " + number_text(share) + " beside " + std::to_string(fresh) +
                                     " new crops makes an epoch of more than 2^32 crops; set it lower");
}

void add_replay(std::vector<DrawGroup>& groups, std::uint32_t fresh, std::span<const SampleKind> old,
                std::uint32_t slots, bool balance_classes) {
  if (groups.empty()) {
    DrawGroup& each_once = groups.emplace_back();
    each_once.slots = fresh;
    each_once.members.resize(fresh);
    std::iota(each_once.members.begin(), each_once.members.end(), 0u);
  }
  for (DrawGroup& group : groups_of(old, {}, balance_classes, slots, "data.replay_from")) {
    for (std::uint32_t& member : group.members) member += fresh;
    groups.push_back(std::move(group));
  }
}

std::vector<std::uint32_t> plan_draws(std::span<const DrawGroup> groups, std::uint64_t seed, std::uint32_t epoch) {
  std::vector<std::uint32_t> drawn;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::vector<std::uint32_t> members = groups[i].members;
    if (members.empty()) continue;
    for (std::size_t whole = groups[i].slots / members.size(); whole > 0; --whole) {
      drawn.insert(drawn.end(), members.begin(), members.end());
    }
    const auto rest = static_cast<std::ptrdiff_t>(groups[i].slots % members.size());
    Draws draws(seed, DrawFor::kEpochDraws, epoch, static_cast<std::uint32_t>(i));
    shuffle(members, draws);
    drawn.insert(drawn.end(), members.begin(), members.begin() + rest);
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

std::vector<std::uint32_t> plan_video_subset(std::span<const std::uint32_t> video_of, double ratio,
                                             std::uint64_t seed) {
  const std::uint32_t videos = video_of.empty() ? 0 : *std::max_element(video_of.begin(), video_of.end()) + 1;
  const std::vector<std::uint32_t> kept = plan_subset(videos, ratio, seed);
  std::vector<std::uint32_t> samples;
  for (std::size_t sample = 0; sample < video_of.size(); ++sample) {
    if (std::binary_search(kept.begin(), kept.end(), video_of[sample])) {
      samples.push_back(static_cast<std::uint32_t>(sample));
    }
  }
  return samples;
}

std::vector<std::uint32_t> plan_block_order(std::uint32_t n, std::uint32_t block, std::uint32_t window,
                                            std::uint64_t seed, std::uint32_t epoch) {
  const std::uint32_t count = n / block + (n % block != 0 ? 1 : 0);
  std::vector<std::uint32_t> blocks(count);
  std::iota(blocks.begin(), blocks.end(), 0u);
  Draws among(seed, DrawFor::kBlocks, epoch);
  shuffle(blocks, among);
  std::vector<std::uint32_t> order;
  order.reserve(n);
  for (std::uint32_t first = 0, number = 1; first < count; ++number) {
    const std::size_t begin = order.size();
    const std::uint32_t end = window < count - first ? first + window : count;
    for (; first < end; ++first) {
      const std::uint64_t start = std::uint64_t{blocks[first]} * block;
      const std::uint64_t stop = std::min<std::uint64_t>(n, start + block);
      for (std::uint64_t place = start; place < stop; ++place) order.push_back(static_cast<std::uint32_t>(place));
    }
    Draws within(seed, DrawFor::kBlocks, epoch, number);
    shuffle(std::span(order).subspan(begin), within);
  }
  return order;
}

std::vector<std::uint32_t> plan_reading(std::span<const std::uint32_t> order, std::size_t window) {
  std::vector<std::uint32_t> reading(order.begin(), order.end());
  for (std::size_t begin = 0; begin < reading.size(); begin += window) {
    const std::size_t end = std::min(reading.size(), begin + window);
    std::sort(reading.begin() + static_cast<std::ptrdiff_t>(begin), reading.begin() + static_cast<std::ptrdiff_t>(end));
  }
  return reading;
}

}  // namespace unmask
