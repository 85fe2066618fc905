// What an epoch draws, and in which order: pure functions of values, the same on every rank.
//
//   const std::vector<DrawGroup> groups = plan_groups(kinds, {}, /*balance_classes=*/true);
//   const std::vector<std::uint32_t> drawn = plan_draws(groups, seed, epoch);  // as many as there are samples
//   for (const std::uint32_t place : plan_block_order(n, 256, 16, seed, epoch)) train_on(drawn[place]);
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace unmask {

/// What decides how often a sample is drawn.
struct SampleKind {
  std::uint32_t dataset = 0;
  std::uint8_t label = 0;
};

/// A dataset's part of an epoch, relative to the others'.
struct DatasetPart {
  std::string name;
  double weight = 1;
};

/// Samples of which each is drawn as often as any other of the group, or once more.
struct DrawGroup {
  std::vector<std::uint32_t> members;  // ascending
  std::uint32_t slots = 0;             // of an epoch
  std::uint8_t label = 0;              // of all members where classes are balanced
};

/// The groups of an epoch of as many slots as there are samples. `parts`: by SampleKind::dataset; empty:
/// datasets are not told apart. `balance_classes`: of each dataset told apart both labels get equally many slots (of an
/// odd number real gets one more).
/// THROWS Error(kData) naming the dataset that has no samples, or none of a label that is asked for.
std::vector<DrawGroup> plan_groups(std::span<const SampleKind> kinds, std::span<const DatasetPart> parts,
                                   bool balance_classes);

/// How many old samples stand beside `fresh` new ones in an epoch of which they are the `share`:
/// fresh × share / (1 − share), to the nearest whole number. THROWS Error(kUsage) where an epoch would be too long.
std::uint32_t replayed_slots(std::uint32_t fresh, double share);

/// Adds `slots` draws of old samples, numbered from `fresh` on, to the groups of an epoch of `fresh` new ones (none:
/// each of these once). Which dataset an old sample is of makes no difference. THROWS as plan_groups does.
void add_replay(std::vector<DrawGroup>& groups, std::uint32_t fresh, std::span<const SampleKind> old,
                std::uint32_t slots, bool balance_classes);

/// The samples of an epoch, ascending; one that is drawn twice stands there twice. A function of (groups, seed, epoch).
std::vector<std::uint32_t> plan_draws(std::span<const DrawGroup> groups, std::uint64_t seed, std::uint32_t epoch);

/// The samples of a share of the videos, ascending: each video with all of its samples or none, videos in the order of
/// plan_subset, so that smaller shares are subsets of larger ones. `video_of`: of each sample, dense from 0.
std::vector<std::uint32_t> plan_video_subset(std::span<const std::uint32_t> video_of, double ratio, std::uint64_t seed);

/// A permutation of {0, …, n - 1} that reads in pieces: blocks of `block` consecutive places are put in a random order,
/// then each `window` blocks in that order are shuffled together. A function of these numbers, seed and epoch.
std::vector<std::uint32_t> plan_block_order(std::uint32_t n, std::uint32_t block, std::uint32_t window,
                                            std::uint64_t seed, std::uint32_t epoch);

/// `order` with each `window` consecutive entries sorted: how a window is best read ahead of its use.
std::vector<std::uint32_t> plan_reading(std::span<const std::uint32_t> order, std::size_t window);

}  // namespace unmask
