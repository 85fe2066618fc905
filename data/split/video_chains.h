// Videos that must stay together, and a cut through them that comes close to the shares asked for and is stable.
//
//   const std::vector<VideoChain> chains = chains_of(links);        // connected by equal keys
//   const std::vector<std::size_t> parts = cut_chains(chains, std::array{0.1, 0.1}, seed);  // 0: the first tenth, …
//
// A chain's place, a number in [0, 1) drawn from (seed, its name), puts the chains of one kind (real alone, fake alone,
// both) in a row, and the row is cut where the shares are reached. Cutting at the shares themselves, so that a chain's
// place alone decided, would never move a chain when others come, but a dataset of 20 identities would often get an
// empty split. Here new videos move only chains that stand next to a cut: test, then val, then train stand in the row,
// so that between train and test lies all of val.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace unmask {

/// What binds a video to others: any key that two of them share. `real` and `fake` are its weights.
struct VideoLinks {
  std::vector<std::string> keys;  // at least one
  std::uint64_t real = 0, fake = 0;
};

struct VideoChain {
  std::string name;                 // the smallest key by its bytes
  std::vector<std::size_t> videos;  // ascending
  std::uint64_t real = 0, fake = 0;
};

/// By name. Every video is in one of them.
std::vector<VideoChain> chains_of(std::span<const VideoLinks> videos);

/// For each chain the share that it falls into: 0, 1, …, and shares.size() for the rest. A chain goes where its
/// middle is. REQUIRES: shares >= 0, together at most 1.
std::vector<std::size_t> cut_chains(std::span<const VideoChain> chains, std::span<const double> shares,
                                    std::uint64_t seed);

}  // namespace unmask
