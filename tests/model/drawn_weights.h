// Drawn weights for tests that make many classifiers with the same ones: drawing them takes half a second.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "model/classifier.h"

namespace unmask {

/// As initialise_random, which is called once a process for a network, head and seed. THREAD: any.
inline void initialise_drawn(Classifier& classifier, std::uint64_t seed) {
  static std::mutex mutex;
  static std::map<std::tuple<Architecture, Head, std::uint64_t>, std::vector<at::Tensor>> all;
  const std::lock_guard lock(mutex);
  std::vector<at::Tensor>& drawn = all[{classifier.options().architecture, classifier.options().head, seed}];
  const bool is_first = drawn.empty();
  if (is_first) initialise_random(classifier, seed);
  std::size_t i = 0;
  for (const auto* tensors : {&classifier.parameters(), &classifier.running_statistics()}) {
    for (const NamedTensor& named : *tensors) {
      if (is_first) {
        drawn.push_back(named.tensor.detach().clone());
      } else {
        named.tensor.detach().copy_(drawn[i++]);
      }
    }
  }
}

}  // namespace unmask
