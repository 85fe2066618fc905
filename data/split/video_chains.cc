#include "data/split/video_chains.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "base/digest.h"
#include "base/disjoint_sets.h"
#include "base/philox.h"

namespace unmask {
namespace {

/// 64 bits of (seed, name).
std::uint64_t place_of(const std::string& name, std::uint64_t seed) {
  const std::uint64_t digest = digest64(name);
  Draws draws(seed, DrawFor::kSplit, static_cast<std::uint32_t>(digest >> 32), static_cast<std::uint32_t>(digest));
  const std::uint64_t upper = draws.next_u32();
  return upper << 32 | draws.next_u32();
}

enum Kind { kReal, kFake, kBoth, kKinds };
Kind kind_of(const VideoChain& chain) { return chain.fake == 0 ? kReal : chain.real == 0 ? kFake : kBoth; }

/// The chains of each kind in the order of their places.
std::array<std::vector<std::size_t>, kKinds> rows_of(std::span<const VideoChain> chains, std::uint64_t seed) {
  std::vector<std::uint64_t> places;
  for (const VideoChain& chain : chains) places.push_back(place_of(chain.name, seed));
  std::vector<std::size_t> order(chains.size());
  std::iota(order.begin(), order.end(), 0u);  // by name: where places are equal the name decides
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return places[i]; });
  std::array<std::vector<std::size_t>, kKinds> rows;
  for (const std::size_t i : order) rows[kind_of(chains[i])].push_back(i);
  return rows;
}

}  // namespace

std::vector<VideoChain> chains_of(std::span<const VideoLinks> videos) {
  std::unordered_map<std::string_view, std::size_t> first_with;
  DisjointSets sets(videos.size());
  for (std::size_t i = 0; i < videos.size(); ++i) {
    for (const std::string& key : videos[i].keys) sets.unite(first_with.try_emplace(key, i).first->second, i);
  }
  std::map<std::size_t, VideoChain> chains;
  for (std::size_t i = 0; i < videos.size(); ++i) {
    VideoChain& chain = chains[sets.find(i)];
    const std::string& smallest = *std::ranges::min_element(videos[i].keys);
    if (chain.videos.empty() || smallest < chain.name) chain.name = smallest;
    chain.videos.push_back(i);
    chain.real += videos[i].real, chain.fake += videos[i].fake;
  }
  std::vector<VideoChain> sorted;
  for (auto& [first, chain] : chains) sorted.push_back(std::move(chain));
  std::ranges::sort(sorted, {}, &VideoChain::name);
  return sorted;
}

std::vector<std::size_t> cut_chains(std::span<const VideoChain> chains, std::span<const double> shares,
                                    std::uint64_t seed) {
  std::vector<std::size_t> parts(chains.size());
  for (const std::vector<std::size_t>& row : rows_of(chains, seed)) {
    const auto weight = [&](std::size_t i) { return static_cast<double>(chains[i].real + chains[i].fake); };
    double total = 0, before = 0;
    for (const std::size_t i : row) total += weight(i);
    for (const std::size_t i : row) {
      const double middle = before + weight(i) / 2;
      std::size_t part = 0;
      for (double end = 0; part < shares.size(); ++part) {
        if (middle < (end += shares[part]) * total) break;
      }
      parts[i] = part;
      before += weight(i);
    }
  }
  return parts;
}

}  // namespace unmask
