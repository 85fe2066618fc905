// How gradients are summed over microbatches and ranks.
#pragma once

#include "base/words.h"

namespace unmask {

enum class Reduction {
  kFixedPoint,  // the same bits for any number of ranks
  kFloat        // to compare with; its bits depend on the ranks
};
constexpr auto words_of(Reduction) {
  using enum Reduction;
  return std::to_array<Word<Reduction>>({{"fixed_point", kFixedPoint}, {"float", kFloat}});
}

}  // namespace unmask
