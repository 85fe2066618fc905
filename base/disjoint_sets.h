// Sets of the numbers 0 … size - 1 that grow together.
//
//   DisjointSets sets(4);
//   sets.unite(1, 3);
//   sets.find(3);  // 1: the smallest member stands for its set
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace unmask {

class DisjointSets {
 public:
  explicit DisjointSets(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), 0u); }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void unite(std::size_t a, std::size_t b) {
    a = find(a), b = find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace unmask
