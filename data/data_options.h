// Which crops a run trains on and scores, as plain values.
#pragma once

#include <string>
#include <vector>

#include "base/words.h"

namespace unmask {

enum class Balance { kNone, kClassWeights };  // loss weights inverse to the classes' counts
constexpr auto words_of(Balance) {
  using enum Balance;
  return std::to_array<Word<Balance>>({{"none", kNone}, {"class_weights", kClassWeights}});
}

struct DataOptions {
  std::string stores;              // STORES/<dataset>/<split>.crops
  std::string cache_dir;           // on each node's own disk: copies of the stores; "" = none
  std::vector<std::string> train;  // datasets trained on
  std::vector<std::string> val;    // scored every epoch on split val
  std::vector<std::string> test;   // scored once at the end
  double sample_ratio = 1.0;       // share of the train crops that is used; subsets are nested
  Balance balance = Balance::kNone;
  bool allow_leaks = false;     // train although splits share videos or identities; every table then tells so
  bool permute_labels = false;  // train labels drawn at random from the true ones: what is learned then is chance
};

/// Every fault, naming the key as the config file has it.
std::vector<std::string> validate(const DataOptions& options);

}  // namespace unmask
