#include "data/split/video_chains.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/philox.h"

namespace unmask {
namespace {

using Numbers = std::vector<std::size_t>;

std::vector<VideoLinks> links(const std::vector<std::vector<std::string>>& keys) {
  std::vector<VideoLinks> made;
  for (const auto& of_video : keys) made.push_back({of_video, 1, 0});
  return made;
}

/// `count` chains "p0000", … of one real and one fake video each.
std::vector<VideoChain> couples(std::size_t count, std::size_t first = 0) {
  std::vector<VideoChain> chains;
  for (std::size_t i = first; i < first + count; ++i) {
    std::string name = std::to_string(10000 + i);
    name[0] = 'p';
    chains.push_back({name, {2 * i, 2 * i + 1}, 1, 1});
  }
  return chains;
}

TEST(VideoChains, EqualKeysBindOverAnyNumberOfVideos) {
  const auto chains = chains_of(links({{"c", "d"}, {"x"}, {"b", "c"}, {"y", "x"}, {"a", "b"}, {"z"}}));
  ASSERT_EQ(chains.size(), 3u);
  EXPECT_EQ(chains[0].name, "a");
  EXPECT_EQ(chains[0].videos, (Numbers{0, 2, 4}));
  EXPECT_EQ(chains[0].real, 3u);
  EXPECT_EQ(chains[1].name, "x");
  EXPECT_EQ(chains[1].videos, (Numbers{1, 3}));
  EXPECT_EQ(chains[2].name, "z");
  EXPECT_TRUE(chains_of({}).empty());
}

// The definition: what can be reached by shared keys, found by looking again until nothing changes.
TEST(VideoChains, AreTheConnectedComponentsOfRandomKeys) {
  Draws draws(3, DrawFor::kProbe);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::vector<std::string>> keys(40);
    for (auto& of_video : keys) {
      for (std::uint32_t k = 0; k < 1 + draws.below(2); ++k) of_video.push_back(std::to_string(draws.below(60)));
    }
    std::vector<std::size_t> wanted(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) wanted[i] = i;
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < keys.size(); ++i) {
        for (std::size_t j = 0; j < keys.size(); ++j) {
          const bool shares = std::ranges::find_first_of(keys[i], keys[j]) != keys[i].end();
          if (shares && wanted[i] < wanted[j]) wanted[j] = wanted[i], changed = true;
        }
      }
    }
    std::vector<std::size_t> got(keys.size(), keys.size());
    for (const VideoChain& chain : chains_of(links(keys))) {
      for (const std::size_t i : chain.videos) got[i] = chain.videos.front();
    }
    EXPECT_EQ(got, wanted);
  }
}

TEST(VideoChains, TheCutComesAsCloseToTheSharesAsWholeChainsAllow) {
  const double shares[] = {0.1, 0.2};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto parts = cut_chains(couples(20), shares, seed);
    EXPECT_EQ(std::ranges::count(parts, 0u), 2);
    EXPECT_EQ(std::ranges::count(parts, 1u), 4);
    EXPECT_EQ(std::ranges::count(parts, 2u), 14);
  }
  EXPECT_NE(cut_chains(couples(20), shares, 0), cut_chains(couples(20), shares, 1));
  EXPECT_TRUE(cut_chains({}, shares, 0).empty());
}

TEST(VideoChains, EachKindIsCutForItself) {
  std::vector<VideoChain> chains = couples(200);
  for (std::size_t i = 0; i < chains.size(); ++i) chains[i].real = i % 4 == 0, chains[i].fake = i % 4 != 0;
  const double shares[] = {0.1};
  const auto parts = cut_chains(chains, shares, 5);
  int real = 0, fake = 0;
  for (std::size_t i = 0; i < chains.size(); ++i) (chains[i].real > 0 ? real : fake) += parts[i] == 0;
  EXPECT_EQ(real, 5);
  EXPECT_EQ(fake, 15);
}

TEST(VideoChains, AChainThatIsMoreThanHalfGoesToTheRest) {
  std::vector<VideoChain> chains = couples(10);
  chains[3].fake = 100;
  const double shares[] = {0.1, 0.1};
  for (std::uint64_t seed = 0; seed < 20; ++seed) EXPECT_EQ(cut_chains(chains, shares, seed)[3], 2u);
}

TEST(VideoChains, NewOnesMoveOnlyThoseNextToACutAndNoneOverVal) {
  const double shares[] = {0.1, 0.1};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto before = cut_chains(couples(1000), shares, seed), after = cut_chains(couples(1050), shares, seed);
    int moved = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      moved += before[i] != after[i];
      EXPECT_FALSE(before[i] == 2 && after[i] == 0) << "a train chain became test";
      EXPECT_FALSE(before[i] == 0 && after[i] == 2) << "a test chain became train";
    }
    EXPECT_LT(moved, 25);  // of 1,000; a shuffle would move 300
  }
}

// docs/formats.md: the place is 64 bits of the stream (seed, purpose 10, halves of XXH3-64 of the name).
TEST(VideoChains, TheRowIsInTheOrderOfTheirPlaces) {
  const auto chains = couples(40);
  std::map<std::uint64_t, std::size_t> row;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const std::uint64_t name = digest64(chains[i].name);
    const auto block =
        philox4x32_10({0, 10u << 24, static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(name >> 32)}, {9, 0});
    row[std::uint64_t{block[0]} << 32 | block[1]] = i;
  }
  const double shares[] = {0.5};
  const auto parts = cut_chains(chains, shares, 9);
  std::size_t at = 0;
  for (const auto& [place, i] : row) EXPECT_EQ(parts[i], at++ < 20 ? 0u : 1u);
}

}  // namespace
}  // namespace unmask
